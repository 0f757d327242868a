import { about, type Schema } from "../../../core/schema.ts"
import { duration } from "../../../core/units.ts"
import { integer } from "../../../core/values.ts"

/** How many. */
export const limit: Schema<number> = about(
  "How many requests pass; with `cost`, how much they may cost together.",
  integer(1),
)

/** In how long. */
export const per: Schema<number> = about('In how long; all need it but "concurrency".', duration())
