import type { JWK } from "jose"

import { GatewayError } from "../../../core/errors.ts"
import type { Log } from "../../../core/log.ts"
import { askJson } from "../../../core/oauth/ask-json.ts"
import { discovered, endpointOf } from "../../../core/oauth/discovery.ts"
import { faultOf } from "../../../core/oauth/keys.ts"
import { isObject } from "../../../core/schema.ts"
import { type SignatureAlgorithm, signsWith } from "./algorithms.ts"
import { keysFor, type KeySource } from "./key-set.ts"

/** Where keys are published, and how they are looked after. Times in milliseconds. */
export interface RemoteOptions {
  /** The URL of the set; without one, the issuer says where it is. */
  readonly jwks: string | undefined
  readonly issuer: string | undefined
  readonly insecure: boolean
  /** How often they are fetched anew. */
  readonly refresh: number
  /** How long tokens that no key fits wait for another look. */
  readonly cooldown: number
  readonly timeout: number
}

const limit = 1024 * 1024
const mostKeys = 200
// While there are no keys at all everybody waits for them.
const impatience = 1_000
const longestPause = 60_000

/** Keys that an issuer publishes: kept over reloads, fetched in the background, the last good ones used while that fails. */
export class RemoteKeys implements KeySource {
  version = 0
  readonly #options: RemoteOptions
  readonly #ask: typeof askJson
  readonly #now: () => number
  #log: Log | undefined
  #keys: readonly JWK[] | undefined
  #content = ""
  #fetching: Promise<void> | undefined
  #askedAt = Number.NEGATIVE_INFINITY
  #failures = 0
  #reason = ""
  #users = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(options: RemoteOptions, ask: typeof askJson = askJson, now: () => number = () => performance.now()) {
    this.#options = options
    this.#ask = ask
    this.#now = now
  }

  /** Fetches them now and then, as long as a config that uses them is served; gives how to end it. */
  begin(log: Log): () => void {
    this.#log = log
    if (this.#users++ === 0) this.#plan()
    return () => {
      if (--this.#users === 0) clearTimeout(this.#timer)
    }
  }

  ready(): Promise<void> | undefined {
    return this.#keys ? undefined : this.#first()
  }

  async #first(): Promise<void> {
    if (this.#fetching || this.#now() - this.#askedAt >= impatience) await this.#fetch()
    if (this.#keys) return
    throw new GatewayError("unavailable", "The keys that tokens are checked with cannot be had at the moment.", {
      headers: { "retry-after": "5" },
    })
  }

  candidates(alg: SignatureAlgorithm, kid: string | undefined): readonly JWK[] {
    return keysFor(this.#keys ?? [], kid, (key) => signsWith(alg, key))
  }

  async renew(tried: number): Promise<boolean> {
    // Whoever makes up tokens can make the issuer be asked once in a while, and no more.
    const due = this.#fetching !== undefined || this.#now() - this.#askedAt >= this.#options.cooldown
    if (this.version === tried && due) await this.#fetch()
    return this.version !== tried
  }

  #plan(): void {
    const { refresh } = this.#options
    const pause = this.#failures > 0 ? Math.min(refresh, longestPause, 1_000 * 2 ** (this.#failures - 1)) : refresh
    const wait = Math.max(0, this.#askedAt + pause - this.#now())
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#fetch(), Math.min(wait, 2 ** 31 - 1))
  }

  /** Never fails: what went wrong is told to the log once, and tried again. */
  #fetch(): Promise<void> {
    this.#fetching ??= this.#load()
      .then(
        (keys) => this.#use(keys),
        (error: unknown) => this.#failed(error),
      )
      .finally(() => {
        this.#fetching = undefined
        if (this.#users > 0) this.#plan()
      })
    return this.#fetching
  }

  async #load(): Promise<readonly JWK[]> {
    this.#askedAt = this.#now()
    const { jwks, issuer = "", timeout, insecure } = this.#options
    const url = jwks ?? endpointOf(await discovered({ issuer, timeout, insecure }, this.#ask), "jwks_uri", { insecure })
    const { status, body } = await this.#ask({ url, timeout, limit })
    if (status !== 200) throw new Error(`it answers with ${status}`)
    if (!Array.isArray(body.keys)) throw new Error("its answer is no set of keys")
    if (body.keys.length > mostKeys) throw new Error(`it names more than ${mostKeys} keys`)
    const keys = body.keys.flatMap((one: unknown) => publicPart(one) ?? [])
    // An issuer that forgot all its keys is broken: nobody could sign in any more.
    if (keys.length === 0) throw new Error("it names no key that tokens could be checked with")
    return keys
  }

  #use(keys: readonly JWK[]): void {
    if (this.#failures > 0) this.#log?.info(`jwt: ${this.#label} can be fetched again`)
    this.#failures = 0
    this.#reason = ""
    const content = JSON.stringify(keys)
    if (content === this.#content) return
    this.#content = content
    this.#keys = keys
    this.version++
  }

  #failed(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error)
    this.#failures++
    if (reason === this.#reason) return
    this.#reason = reason
    const stays = this.#keys ? "the last ones are kept" : "no token can be checked"
    this.#log?.warn(`jwt: ${this.#label} cannot be fetched: ${reason}; ${stays}`)
  }

  get #label(): string {
    const { jwks, issuer } = this.#options
    return `the keys of ${new URL(jwks ?? issuer ?? "").host}`
  }
}

const members = ["kty", "crv", "n", "e", "x", "y", "pub", "kid", "alg", "use", "key_ops"] as const

/** The public part of a published key; undefined for what signatures cannot be checked with, shared secrets above all. */
function publicPart(one: unknown): JWK | undefined {
  if (!isObject(one) || one.kty === "oct" || one.use === "enc" || faultOf(one) !== undefined) return undefined
  return Object.fromEntries(members.flatMap((name) => (one[name] === undefined ? [] : [[name, one[name]]]))) as JWK
}
