const parts =
  "Only whole answers are kept. A part that is asked for goes to the service, and whole answers are cut into parts."
const interim =
  "Answers of the kind 1xx end at the gateway, for cached routes as for all others: no client waits for one."

/** Why Bellhop does not do what a test of the public suite for caches asks for; by the names of the tests. */
export const reasons: ReadonlyMap<string, string> = new Map([
  [
    "method-POST",
    "An answer to POST is never given to a GET: who sends a body could choose what others read under a URL.",
  ],
  [
    "vary-normalise-lang-select",
    "Which language is the best one is for the service to say: Accept-Language is compared by what it lists.",
  ],
  [
    "conditional-lm-fresh-no-lm",
    "Without Last-Modified, nothing shows that the content is not newer than the date that the client has.",
  ],
  [
    "headers-store-Transfer-Encoding",
    "Its service sends a transfer coding that does not exist; the gateway refuses such an answer, since two could read it two ways.",
  ],
  ["partial-store-partial-reuse-partial", parts],
  ["partial-store-partial-reuse-partial-byterange", parts],
  ["partial-store-partial-reuse-partial-absent", parts],
  ["partial-store-partial-reuse-partial-suffix", parts],
  ["partial-store-partial-complete", parts],
  ["interim-102", interim],
  ["interim-103", interim],
  ["interim-not-cached", `It asks for two things: none is kept, but none is passed on either. ${interim}`],
  ["interim-no-header-reuse", interim],
])
