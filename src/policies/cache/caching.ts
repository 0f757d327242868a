import { GatewayError } from "../../core/errors.ts"
import type { Exchange } from "../../core/exchange.ts"
import type { Policy } from "../../core/handler.ts"
import type { Tools } from "../../core/part.ts"
import { bytesOf, type Reply } from "../../core/reply.ts"
import { fromHit, fromKept } from "./answer.ts"
import { type Asked, asked as read } from "./asked.ts"
import type { Entry, Place } from "./entry.ts"
import { carry, type Ground, isAbout, namesWith } from "./fetcher.ts"
import { Flight, type Landing } from "./flight.ts"
import { invalidated } from "./invalidate.ts"
import { countedQuery, uriOf, variantPrefix } from "./key.ts"
import { landed, passed } from "./landed.ts"
import { variantOf } from "./memory.ts"
import type { CacheOptions } from "./options.ts"
import { requestFor } from "./request.ts"
import { cacheRoom } from "./room.ts"
import { keepRules, keyRules } from "./rules.ts"
import { hitText, type Story } from "./status.ts"
import type { CacheTier } from "./tier.ts"
import { selecting } from "./vary.ts"

// Nobody waits for what is fetched in the background: it has to end by itself.
const backgroundLimit = 60_000

// So long nobody waits for an answer that was for one client only the last time.
const passFor = 10_000

const harmless = new Set(["GET", "HEAD", "OPTIONS", "TRACE"])

/** What one request is about, once it is known that the cache has something to do with it. */
interface Case {
  readonly exchange: Exchange
  readonly asked: Asked
  readonly uri: string
  readonly search: string
  readonly prefix: string
  /** A body that tells requests apart. */
  readonly body: Uint8Array | undefined
}

/** Builds the policy `cache` for one choice of a route. */
export function caching(options: CacheOptions, tools: Pick<Tools, "keep" | "choice">): Policy {
  const room = cacheRoom(tools.keep)
  const { memory, counts } = room
  const rules = keepRules(options)
  const keys = keyRules(options)
  const { shared, refreshAhead = 0, maxObject, clientDirectives } = options
  const bodyLimit = options.key?.body
  const methods: ReadonlySet<string> = new Set(options.methods ?? ["GET", "HEAD"])
  const patience = options.collapse === false ? undefined : options.collapse
  const statusName = options.status === false ? undefined : options.status.toLowerCase()
  // Built for no route, it has a cache of its own.
  const scope = tools.choice ?? Bun.randomUUIDv7()
  const owner = {}

  return (next) => {
    const ground: Ground = { next, room, rules, maxObject, tagsHeader: options.tags.toLowerCase() }

    function caseOf(exchange: Exchange, asked: Asked, body: Uint8Array | undefined): Case {
      const search = keys.query ? countedQuery(exchange.search, keys.query) : exchange.search
      const uri = uriOf(exchange, search)
      const prefix = variantPrefix(exchange, asked, keys, scope)
      if (body === undefined) return { exchange, asked, uri, search, prefix, body }
      const hash = new Bun.CryptoHasher("sha256").update(body).digest("base64url")
      const type = exchange.headers.get("content-type") ?? ""
      return { exchange, asked, uri: `${uri}\n${exchange.method} ${hash} ${type}`, search, prefix, body }
    }

    /** Everything that needs no waiting: undefined where the service has to be asked. */
    function atOnce(given: Case): Reply | undefined {
      const { exchange, asked, uri } = given
      const place = memory.place(uri)
      const entry = place && variantOf(place, variantIn(place, given))
      if (!entry) return undefined
      const now = Date.now()
      if (!allowed(entry, asked, now)) {
        if (entry.always || !mayBeStale(entry, asked, now)) return undefined
        counts.stale++
      }
      counts.hits++
      entry.visited = true
      const left = entry.freshUntil - now
      if (left <= 0) {
        const resting = entry.restUntil > now
        const kept = memory.read(entry)
        if (!resting && entry.whileUntil > now) refresh(given, entry)
        const detail = resting ? "stale-if-error" : entry.whileUntil > now ? "stale-while-revalidate" : "max-stale"
        return fromKept(kept, asked, now, statusName, hitText(Math.ceil(left / 1000), detail))
      }
      const warm = memory.warm(entry)
      if (left < refreshAhead * shareOf(entry) && entry.restUntil <= now && exchange.body === null) {
        // One try, whatever comes of it, until it would be stale anyway.
        entry.restUntil = entry.freshUntil
        refresh(given, entry)
      }
      return fromHit(warm, asked, now, statusName)
    }

    function allowed({ freshUntil, born, always }: Entry, { control }: Asked, now: number): boolean {
      if (always || freshUntil <= now) return false
      if (!clientDirectives) return true
      const { noCache, maxAge, minFresh } = control
      if (noCache || (maxAge !== undefined && now - born > maxAge * 1000 - 1)) return false
      return minFresh === undefined || freshUntil - now >= minFresh * 1000
    }

    function mayBeStale(entry: Entry, { control }: Asked, now: number): boolean {
      const { freshUntil, whileUntil, errorUntil, restUntil } = entry
      if (freshUntil > now) return false
      const { noCache, maxAge, minFresh, maxStale } = control
      if (clientDirectives && (noCache || maxAge !== undefined || minFresh !== undefined)) return false
      if (whileUntil > now || (restUntil > now && errorUntil > now)) return true
      // Where the service forbids it, no client can allow it.
      return clientDirectives && maxStale !== undefined && errorUntil > 0 && now - freshUntil < maxStale * 1000
    }

    const variantIn = ({ vary }: Pick<Place, "vary">, { prefix, exchange }: Case): string =>
      vary.length === 0 ? prefix : prefix + selecting(vary, exchange)

    function flightFor(given: Case, variant: string, entry: Entry | undefined, background: boolean): Flight {
      const stale = entry && { entry, kept: memory.read(entry) }
      const { exchange, uri, search, prefix, body } = given
      const request = (validators = stale?.kept.validators) =>
        requestFor(exchange, search, keys.cookies, keys.headers, validators, body)
      const flight = new Flight({ uri, variant, owner, exchange: request(), background })
      if (background) {
        flight.exchange.limit(backgroundLimit)
        // The request that set it off is over before this one.
        flight.exchange.trace = undefined
        flight.exchange.span = undefined
      }
      room.begin(flight)
      const { headers, client, proxies } = exchange
      // What is inside may change the headers, though what is kept depends on what the client said.
      const said = { headers: headers.copy(), client, proxies }
      const authorized = shared && exchange.identity === undefined && given.asked.authorization
      const again = (): Exchange => request({ tag: undefined, modified: undefined })
      void carry(ground, { flight, prefix, said, authorized, stale, again })
      return flight
    }

    function refresh(given: Case, entry: Entry): void {
      if (room.flight(given.uri, entry.variant, owner)) return
      counts.refreshed++
      const flight = flightFor(given, entry.variant, entry, true)
      void flight.landing.then((landing) => {
        if (landing.failed) entry.restUntil = Math.max(entry.restUntil, Date.now() + 1000)
        else if (landing.recording) void landing.recording.finish()
        else if (landing.body instanceof ReadableStream) landing.body.cancel().catch(() => undefined)
      })
    }

    /** Asks the service, or waits for somebody who does. */
    async function fetched(given: Case): Promise<Reply> {
      const { exchange, asked, uri, prefix } = given
      const { control, range } = asked
      if (clientDirectives && control.onlyIfCached)
        throw new GatewayError(
          "not_cached",
          "There is no answer in the cache that fits, and the client wants no other.",
        )
      const kept = room.tier && (await foundIn(room.tier, given))
      if (kept) return kept
      counts.misses++
      for (let tries = 0; ; tries++) {
        const place = memory.place(uri)
        const variant = place ? variantIn(place, given) : prefix
        const entry = place && variantOf(place, variant)
        const fwd: Story["fwd"] = !place ? "uri-miss" : !entry ? "vary-miss" : isFresh(entry) ? "request" : "stale"
        if (!entry && (range !== undefined || exchange.method === "HEAD")) return alone(exchange, { fwd })
        if (entry && exchange.method === "HEAD") return head(exchange, entry, fwd)
        const passKey = `${uri}\n${prefix}`
        if (!entry && room.passes(passKey, Date.now())) return pass(given, fwd, "pass")
        // What has to be asked about for each request cannot be asked about for several.
        const waits = patience !== undefined && !entry?.always
        const known = waits ? room.flight(uri, variant, owner) : undefined
        const flight = known ?? flightFor(given, variant, entry, false)
        const landing = await flight.wait(exchange, known && patience)
        if (!known) {
          if (landing) mark(passKey, landing)
          const reply = landed(landing as Landing, exchange, asked, statusName, { fwd })
          if (reply) return reply
          throw new GatewayError("bad_upstream", "The answer of the service broke off.")
        }
        counts.collapsed++
        if (!landing) return pass(given, fwd, "waited")
        if (landing.failed) throw landing.error
        const same = landing.shared && selecting(landing.vary, exchange) === landing.selects
        const reply = same ? landed(landing, exchange, asked, statusName, { fwd, collapsed: true }) : undefined
        if (reply) return reply
        // By now it may be known which headers tell them apart; where it is not for them at all, nobody waits again.
        const found = tries === 0 ? atOnce(given) : undefined
        if (found) return found
        if (tries > 0 || !landing.shared) return pass(given, fwd, "not-shared")
      }
    }

    /** What a store has of it, if nothing is in memory: from there on it is in memory. */
    async function foundIn(tier: CacheTier, given: Case): Promise<Reply | undefined> {
      const { exchange, uri, prefix } = given
      const place = memory.place(uri)
      if (place && variantOf(place, variantIn(place, given))) return undefined
      const select = (vary: readonly string[]): string => selecting(vary, exchange)
      const found = await exchange.unlessOver(tier.find(uri, prefix, select))
      if (!found) return undefined
      const vary = namesWith(room, uri, found.vary)
      memory.put(uri, vary.length === 0 ? prefix : prefix + select(vary), { ...found.kept, vary })
      return atOnce(given)
    }

    const isFresh = ({ freshUntil, always }: Entry): boolean => freshUntil > Date.now() && !always

    function mark(key: string, landing: Landing): void {
      if (landing.failed) return
      if (landing.stored) room.unpass(key)
      else if (!landing.shared && !landing.kept) room.passUntil(key, Date.now() + passFor)
    }

    /** One who does not wait for others: what comes is kept all the same. */
    async function pass(given: Case, fwd: Story["fwd"], detail: string): Promise<Reply> {
      const { exchange, asked, uri, prefix } = given
      const place = memory.place(uri)
      const variant = place ? variantIn(place, given) : prefix
      const flight = flightFor(given, variant, place && variantOf(place, variant), false)
      // Nobody finds it to wait for it.
      room.end(flight)
      const landing = (await flight.wait(exchange, undefined)) as Landing
      mark(`${uri}\n${prefix}`, landing)
      const reply = landed(landing, exchange, asked, statusName, { fwd, detail })
      if (reply) return reply
      throw new GatewayError("bad_upstream", "The answer of the service broke off.")
    }

    async function alone(exchange: Exchange, story: Story): Promise<Reply> {
      return passed(await next(exchange), statusName, story)
    }

    async function head(exchange: Exchange, entry: Entry, fwd: Story["fwd"]): Promise<Reply> {
      const reply = await next(exchange)
      // What the service says by now of the answer that is kept shows whether it is still the same.
      if (reply.status === 200 && entry.status === 200 && !entry.gone && !isAbout(reply.headers, memory.read(entry)))
        memory.delete(entry)
      return passed(reply, statusName, { fwd })
    }

    async function withBody(exchange: Exchange, asked: Asked, limit: number): Promise<Reply> {
      const declared = exchange.headers.get("content-length") ?? ""
      if (!/^\d+$/.test(declared) || Number(declared) > limit)
        return alone(exchange, { fwd: "bypass", detail: "body-too-large" })
      const bytes = await exchange.unlessOver(bytesOf(exchange.body, limit))
      if (!bytes) throw new GatewayError("body_too_large", `The body is larger than ${limit} bytes.`)
      const given = caseOf(exchange, asked, bytes)
      return atOnce(given) ?? fetched(given)
    }

    /** What the cache cannot answer or keep. */
    function besides(exchange: Exchange): Reply | Promise<Reply> {
      counts.bypassed++
      if (exchange.websocket || harmless.has(exchange.method)) return alone(exchange, { fwd: "bypass" })
      return invalidated(exchange, next, room, keys).then((reply) => passed(reply, statusName, { fwd: "method" }))
    }

    return (exchange) => {
      const { method, body } = exchange
      if (!methods.has(method) || exchange.websocket) return besides(exchange)
      const asked = read(exchange)
      // A body that nothing tells apart, conditions about what only the service knows, and who wants nothing kept.
      if (asked.demands || (clientDirectives && asked.control.noStore)) return besides(exchange)
      if (method === "POST") return bodyLimit === undefined ? besides(exchange) : withBody(exchange, asked, bodyLimit)
      if (body !== null) return besides(exchange)
      const given = caseOf(exchange, asked, undefined)
      return atOnce(given) ?? fetched(given)
    }
  }
}

/** A part of the time in which it is fetched ahead: of its own, so that not all are fetched at once. */
const shareOf = ({ block, born }: Entry): number => 0.5 + ((block * 31 + born) % 1000) / 2000
