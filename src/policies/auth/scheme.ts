import type { Exchange } from "../../core/exchange.ts"
import type { Policy } from "../../core/handler.ts"
import type { Identity } from "../../core/identity.ts"
import type { Part } from "../../core/part.ts"
import type { Reply } from "../../core/reply.ts"

/** Where credentials stand in a request. */
export interface Place {
  readonly in: "header" | "cookie" | "query"
  /** Of headers in lower case. The parts of a long cookie, "name.0" and so on, belong to it. */
  readonly name: string
  /** Of a header: the word before the credentials, in lower case. Values that begin otherwise are none of this place. */
  readonly word?: string | undefined
}

/** One way to tell who asks. */
export interface Scheme {
  /** The identity; undefined when the request has no credentials of this scheme; fails with `Refused` when they do not hold. */
  identify(exchange: Exchange): Identity | undefined | Promise<Identity | undefined>
  /** What `WWW-Authenticate` says of this scheme when nobody could be told; where it was refused, why, in its own words. */
  challenge(exchange: Exchange, refused: Refused | undefined): string | undefined
  /** Answers in the place of a 401, such as by sending a browser to a login page. */
  invite?(exchange: Exchange): Reply | undefined | Promise<Reply | undefined>
  /** A rule around what is behind the policy: for schemes that add to admitted requests, or read answers. */
  readonly around?: Policy
  /** Where its credentials stand. The policy takes them out of what goes to the service, whichever scheme vouched. */
  readonly places: readonly Place[]
  /** The config wants the credentials to reach the service, once this scheme has vouched for them. */
  readonly forward?: boolean | undefined
}

/** Credentials of a scheme that do not hold. The reason is for the log only: clients learn nothing from it. */
export class Refused extends Error {
  /** Members of the challenge, such as `error="invalid_token"`. */
  readonly challenge: string | undefined

  constructor(reason: string, more: { challenge?: string | undefined; cause?: unknown } = {}) {
    super(reason, { cause: more.cause })
    this.name = "Refused"
    this.challenge = more.challenge
  }
}

/** A scheme that the config can name. */
export const defineScheme = <const Name extends string, T>(part: Part<Name, T, Scheme>): Part<Name, T, Scheme> => part
