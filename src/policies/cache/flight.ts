import type { Exchange } from "../../core/exchange.ts"
import type { ReplyBody } from "../../core/reply.ts"
import type { HeaderList } from "../../http/header-list.ts"
import type { Kept } from "./entry.ts"
import type { Recording } from "./recording.ts"

/** What came of asking the service. */
export type Landing =
  | { readonly failed: true; readonly error: unknown }
  | {
      readonly failed: false
      readonly status: number
      /** To be copied by everybody who takes it. */
      readonly headers: HeaderList
      /** What everybody who waits gets, as it comes; undefined where there is only one who may have it. */
      readonly recording: Recording | undefined
      /** The body, where it is not recorded. */
      readonly body: ReplyBody
      readonly byConfig: boolean
      /** The whole answer, where it is there already. */
      readonly kept: Kept | undefined
      /** What the service was asked and answered was only whether the kept one is still good. */
      readonly validated: boolean
      /** Stale, because there is nothing better. */
      readonly stale: boolean
      readonly stored: boolean
      /** Until when it is fresh, where it is kept. */
      readonly freshUntil: number | undefined
      /** Why it is not kept. */
      readonly why: string | undefined
      /** Those who asked the same may have it, if they say the same in these headers. */
      readonly shared: boolean
      readonly vary: readonly string[]
      /** What that is for the one who asked. */
      readonly selects: string
      readonly answerHeaders: readonly [name: string, value: string][]
    }

/** One request to the service, for everybody who asks the same meanwhile. */
export class Flight {
  readonly uri: string
  readonly variant: string
  readonly owner: object
  readonly exchange: Exchange
  /** It goes on when nobody waits. */
  readonly background: boolean
  readonly landing: Promise<Landing>
  readonly #land: (landing: Landing) => void
  #waiting = 0
  #landed = false
  #late: Promise<undefined> | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  /** What it brings may be older than what the service has by now. */
  outdated = false

  constructor(made: Pick<Flight, "uri" | "variant" | "owner" | "exchange" | "background">) {
    const { uri, variant, owner, exchange, background } = made
    this.uri = uri
    this.variant = variant
    this.owner = owner
    this.exchange = exchange
    this.background = background
    const { promise, resolve } = Promise.withResolvers<Landing>()
    this.landing = promise
    this.#land = resolve
  }

  get waiting(): number {
    return this.#waiting
  }

  land(landing: Landing): void {
    this.#landed = true
    clearTimeout(this.#timer)
    this.exchange.settled()
    this.#land(landing)
  }

  /** The landing, or undefined when it takes longer than one who did not begin it is to wait. */
  async wait(exchange: Exchange, patience: number | undefined): Promise<Landing | undefined> {
    this.#waiting++
    try {
      const landing = patience === undefined ? this.landing : Promise.race([this.landing, this.#lateness(patience)])
      return await exchange.unlessOver<Landing | undefined>(landing)
    } catch (error) {
      // Landings do not fail: this one left.
      if (this.#waiting === 1 && !this.#landed && !this.background && error instanceof Error) this.exchange.end(error)
      throw error
    } finally {
      this.#waiting--
    }
  }

  #lateness(patience: number): Promise<undefined> {
    this.#late ??= new Promise((resolve) => {
      this.#timer = setTimeout(() => resolve(undefined), patience)
    })
    return this.#late
  }
}
