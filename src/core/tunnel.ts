/** The client's end of a WebSocket, as whoever listens has it. */
export interface ClientEnd {
  /** -1: it was taken, but the client does not keep up. */
  send(data: string | Uint8Array<ArrayBuffer>, compress: boolean): number
  ping(data: Uint8Array<ArrayBuffer>): number
  pause(): void
  resume(): void
  close(code: number, reason: string): void
  /** Sends together what the function sends. */
  cork(send: () => void): void
}

/** A WebSocket between a service and a client; silent until the client is joined to it. */
export interface Tunnel {
  readonly service: string
  /** From now on both ends hear each other. */
  join(client: ClientEnd): void
  /** There will be no client. */
  abandon(): void
  /** The gateway closes both ends. */
  shut(code: number, reason: string): void

  clientSaid(data: string | Uint8Array): void
  clientPinged(data: Uint8Array): void
  clientPonged(data: Uint8Array): void
  /** The client keeps up again. */
  clientDrained(): void
  /** The client closed; 1006 when it was gone without a word. */
  clientClosed(code: number, reason: string): void
}

/** What a service allows on a WebSocket. */
export interface TunnelLimits {
  /** Larger messages close it; in bytes. */
  readonly maxMessage: number
  /** How long both ends may be silent, in milliseconds. */
  readonly idleTimeout: number | undefined
  /** Whether large messages are compressed for clients that can. */
  readonly compress: boolean
}

/** What is allowed where nothing is said. */
export const standardLimits: TunnelLimits = { maxMessage: 1024 * 1024, idleTimeout: undefined, compress: false }
