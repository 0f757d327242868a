import type { Log } from "../../core/log.ts"
import { askJson } from "../../core/oauth/ask-json.ts"
import { identifyClient } from "../../core/oauth/client.ts"
import type { ClientCredentials } from "./options.ts"

const limit = 64 * 1024
// Where the server does not say how long a token lives.
const usualLife = 300_000
// A server that fails is asked again after a second, and less and less often.
const shortestPause = 1_000
const longestPause = 30_000
// A service that refuses a token that should hold may make us ask for another one so often.
const betweenDoubts = 10_000

// What a header can carry (RFC 6750 section 2.1 allows less, and servers do not keep to it).
const sendable = /^[\x21-\x7e]+$/

/** An access token that is replaced in time. Outlives a reload; its times are those of the monotonic clock. */
export class AccessToken {
  readonly #options: ClientCredentials
  readonly #ask: typeof askJson
  readonly #now: () => number
  #header: string | undefined
  #ends = 0
  #replaceAt = 0
  #asking: Promise<void> | undefined
  #failures = 0
  #reason: string | undefined
  #nextAt = 0
  #doubtedAt = Number.NEGATIVE_INFINITY
  log: Log | undefined

  constructor(options: ClientCredentials, ask: typeof askJson = askJson, now: () => number = () => performance.now()) {
    this.#options = options
    this.#ask = ask
    this.#now = now
  }

  /** What `Authorization` says; a promise where a token has to be had first. Undefined: there is none to be had. */
  header(): string | Promise<string | undefined> {
    const now = this.#now()
    if (this.#header !== undefined && now < this.#ends) {
      if (now >= this.#replaceAt && now >= this.#nextAt) void this.#replace()
      return this.#header
    }
    return this.#awaited()
  }

  /** A service does not take it: the next request shows another one. */
  doubt(header: string): void {
    const now = this.#now()
    if (header !== this.#header || now - this.#doubtedAt < betweenDoubts) return
    this.#doubtedAt = now
    this.#ends = 0
  }

  async #awaited(): Promise<string | undefined> {
    if (this.#asking || this.#now() >= this.#nextAt) await this.#replace()
    return this.#now() < this.#ends ? this.#header : undefined
  }

  #replace(): Promise<void> {
    this.#asking ??= this.#fetch()
      .then(
        () => this.#succeeded(),
        (error: unknown) => this.#failed(error),
      )
      .finally(() => (this.#asking = undefined))
    return this.#asking
  }

  async #fetch(): Promise<void> {
    const { tokenUrl: url, scope, parameters, timeout, ahead } = this.#options
    const form = new URLSearchParams({ grant_type: "client_credentials" })
    if (scope !== undefined) form.set("scope", typeof scope === "string" ? scope : scope.join(" "))
    for (const [name, value] of parameters ?? []) form.set(name, value)
    const headers = await identifyClient(this.#options, url, form)
    const asked = this.#now()
    const { status, body } = await this.#ask({ url, form, headers, timeout, limit })
    if (status !== 200) throw new Error(`it answers with ${status}${errorOf(body["error"])}`)
    const { access_token: token, token_type: type, expires_in: seconds } = body
    if (typeof token !== "string" || !sendable.test(token)) throw new Error("its answer has no access token")
    if (typeof type !== "string" || type.toLowerCase() !== "bearer") throw new Error("its tokens are not bearer tokens")
    const life = seconds === undefined ? usualLife : Number(seconds) * 1000
    if (!(life > 0)) throw new Error('its answer has no valid "expires_in"')
    this.#header = `Bearer ${token}`
    this.#ends = asked + life
    this.#replaceAt = asked + Math.max(life / 2, life - ahead)
  }

  #succeeded(): void {
    if (this.#failures > 0) this.log?.info(`access tokens of ${this.#options.tokenUrl} can be had again`)
    this.#failures = 0
    this.#reason = undefined
    this.#nextAt = 0
  }

  #failed(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error)
    this.#nextAt = this.#now() + Math.min(longestPause, shortestPause * 2 ** this.#failures++)
    if (reason === this.#reason) return
    this.#reason = reason
    this.log?.warn(`access tokens of ${this.#options.tokenUrl} cannot be had: ${reason}`)
  }
}

/** RFC 6749 section 5.2: one of a few words; anything else is left out of the log. */
const errorOf = (error: unknown): string =>
  typeof error === "string" && /^[a-z_]{1,40}$/.test(error) ? ` (${error})` : ""
