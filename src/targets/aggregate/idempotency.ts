import { discard } from "../../core/discard.ts"
import { GatewayError } from "../../core/errors.ts"
import { Exchange } from "../../core/exchange.ts"
import type { Handler } from "../../core/handler.ts"
import { identityKey } from "../../core/identity.ts"
import type { Tools } from "../../core/part.ts"
import { bytesOf, type Reply } from "../../core/reply.ts"
import { about, either, listOf, object, type Of, optional } from "../../core/schema.ts"
import { duration, size } from "../../core/units.ts"
import { flag, headerName, off } from "../../core/values.ts"
import { isSafe } from "./call.ts"
import { answerOutcome, failureOutcome, replayed } from "./idempotency-answer.ts"
import { clientKey, type Effects, watchEffects } from "./idempotency-key.ts"
import { type Claim, type Done, onceByKey } from "./idempotency-once.ts"
import { upTo } from "./up-to.ts"

const standardIdentity = ["authorization", "cookie", "x-api-key"]

const options = object({
  header: about("The header that carries the key.", optional(headerName(), "idempotency-key")),
  ttl: about("How long an answer is remembered.", optional(duration(), "24h")),
  required: about("Whether requests without a key are refused, with 400.", optional(flag(), false)),
  bodyLimit: about(
    "The largest body of an answer that is remembered; after a larger one, the same request again is answered with 409.",
    optional(size(), "1mb"),
  ),
  identity: about(
    "The headers that tell users apart: a key counts only among requests in which they are the same, beside the identity that `auth` found.",
    {
      ...optional(listOf(headerName())),
      standard: `[${standardIdentity.map((name) => `"${name}"`).join(", ")}]`,
    },
  ),
})

/** How an aggregate recognizes a request that it has seen. */
export type IdempotencyOptions = Of<typeof options>

/** The option of an aggregate. */
export const idempotencyOption = either(options, off())

/** What holds where nothing is said. */
export const standardIdempotency: IdempotencyOptions = options.parse({}, [], () => undefined)

const requestLimit = 10 * 1024 * 1024

/** Carries out a request with a key once; the same again gets the same answer. Without a key, one is made for the services. */
export function idempotent(handler: Handler, given: IdempotencyOptions, tools: Tools): Handler {
  const header = given.header.toLowerCase()
  const identity = (given.identity ?? standardIdentity).map((name) => name.toLowerCase())
  const once = onceByKey(given.ttl, tools)

  return async (exchange) => {
    if (isSafe(exchange.method)) return handler(exchange)
    const key = clientKey(exchange, header)
    if (key === undefined) {
      if (given.required)
        throw new GatewayError("idempotency_key_missing", `Send a key of your own in the header "${header}".`)
      exchange.headers.set(header, crypto.randomUUID())
      return handler(exchange)
    }
    const body = await exchange.unlessOver(bytesOf(exchange.body, requestLimit))
    if (!body) throw new GatewayError("body_too_large", `The body is larger than ${requestLimit} bytes.`)
    const found = once(claimOf(exchange, key, identity, body), exchange, () =>
      carryOut(handler, apart(exchange, body), given.bodyLimit),
    )
    // Its client may be gone by then.
    void found.then(
      (done) => exchange.isOver && "mine" in done && done.mine.reply && discard(done.mine.reply),
      () => undefined,
    )
    const done = await exchange.unlessOver(found)
    if ("theirs" in done) return replayed(done.theirs)
    const { reply, error } = done.mine
    if (reply) return reply
    throw error
  }
}

/** What carrying out came to: for the first client itself, and for those who come after it. */
interface CarriedOut extends Done {
  readonly reply?: Reply
  readonly error?: unknown
}

async function carryOut(handler: Handler, exchange: Exchange, limit: number): Promise<CarriedOut> {
  const effects = watchEffects(exchange)
  try {
    const reply = await handler(exchange)
    exchange.settled()
    const body = await upTo(reply.body, limit)
    for (const [name, value] of exchange.answerHeaders) reply.headers.append(name, value)
    const keeps = keepsAnswer(reply.status, effects())
    return body instanceof Uint8Array
      ? { outcome: answerOutcome(reply, body), keeps, reply: { ...reply, body } }
      : { outcome: { kind: "untold" }, keeps, reply: { ...reply, body } }
  } catch (error) {
    const outcome = failureOutcome(error)
    return { outcome, keeps: outcome.kind === "failure" && keepsAnswer(outcome.status, effects()), error }
  } finally {
    exchange.settled()
  }
}

// Those ask for the same once more.
const askAgain = new Set([408, 409, 425, 429])

/**
 * Whether an answer is the last word on its key. It is when something was done, or may have been: an unsafe part was
 * answered with less than 400, or with nothing. It is when the answer is a success, or a clear no of an unsafe part.
 * Everything else frees the key: nothing has happened yet, and the next try may go better.
 */
const keepsAnswer = (status: number, { asked, done }: Effects): boolean =>
  done || status < 400 || (asked && status < 500 && !askAgain.has(status))

/** The same request in an exchange that goes on when its client leaves: who sends it again wants its answer. */
function apart(exchange: Exchange, body: Uint8Array): Exchange {
  const { id, method, scheme, host, rawPath, path, search, headers, client, proxies } = exchange
  const stream = body.byteLength === 0 ? null : new Blob([body.slice()]).stream()
  const made = {
    id,
    method,
    scheme,
    host,
    rawPath,
    path,
    search,
    client,
    proxies,
    headers: headers.copy(),
    body: stream,
  }
  const one = new Exchange(made)
  one.route = exchange.route
  one.params = exchange.params
  one.identity = exchange.identity
  one.trace = exchange.trace
  one.span = exchange.span
  if (Number.isFinite(exchange.deadline)) one.limit(Math.max(0, exchange.deadline - performance.now()))
  return one
}

/** Where the key stands, apart for each route, host and user, and what the request is that it stands for. */
function claimOf(exchange: Exchange, key: string, identity: readonly string[], body: Uint8Array): Claim {
  const { method, path, search, headers, route } = exchange
  // Without the port, which may be another one after a restart, and in another process.
  const host = exchange.host.toLowerCase().replace(/:\d+$/, "")
  const who = identity.map((name) => headers.all(name))
  // `auth` has taken their credentials out of the headers.
  if (exchange.identity) who.push([identityKey(exchange.identity)])
  const what = [method, path, search, headers.get("content-type") ?? ""]
  return {
    place: `idempotency:${digest(JSON.stringify([route, host, who, key]))}`,
    fingerprint: digest(`${JSON.stringify(what)}\n`, body),
  }
}

function digest(...pieces: (string | Uint8Array)[]): string {
  const hash = new Bun.CryptoHasher("sha256")
  for (const piece of pieces) hash.update(piece)
  return hash.digest("base64url")
}
