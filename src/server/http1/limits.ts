/** How many bytes may wait of requests that were sent before the last one was answered. */
export const mostWaiting = 64 * 1024

/** A body that nobody wanted is read to its end up to here, so that the connection can be used again. */
export const mostUnwanted = 1024 * 1024

/** Milliseconds: between two requests; for a head from its first byte; without a byte that the client owes, or takes; until it closes, too. */
export const patience = { idle: 60_000, head: 20_000, stalled: 60_000, closing: 30_000 }
