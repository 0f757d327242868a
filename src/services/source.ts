import type { Schema } from "../core/schema.ts"
import type { UpstreamOptions } from "./upstream.ts"

/** Tells which upstreams a service has, as often as that changes. */
export interface Source {
  /** Begins to look; `found` gets the whole list each time, `failed` the reason. Gives how to end it. */
  start(found: (list: readonly UpstreamOptions[]) => void, failed: (reason: string) => void): () => void
}

/** What a source is handed while it is built. */
export interface SourceGround {
  /** The folder that the config lives in. */
  readonly root: string
}

/** A way to find the upstreams of a service that the config can name. */
export interface SourcePart<T> {
  readonly name: string
  readonly about: string
  readonly options: Schema<T>
  /** The option that says what is looked for: messages name it. */
  readonly subject: string
  /** Opens nothing and starts nothing. */
  create(options: T, ground: SourceGround): Source
}

/** A source whose options are known to itself only: what the shelf lists. */
export type AnySource = SourcePart<unknown>

/** A way to find the upstreams of a service. */
export const defineSource = <T>(part: SourcePart<T>): SourcePart<T> => part
