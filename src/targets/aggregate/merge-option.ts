import { about, either, object, type Schema } from "../../core/schema.ts"
import { oneOf } from "../../core/values.ts"

/** How the fields of parts become one object. */
export type Merge = "shallow" | "deep" | { readonly arrays: "replace" | "concat" }

/** Merging as a config writes it. */
export const mergeOption: Schema<Merge> = either(
  oneOf("shallow", "deep"),
  object({
    arrays: about(
      'A deep merge in which lists of the same name replace each other ("replace", as with "deep"), or follow each other ("concat").',
      oneOf("replace", "concat"),
    ),
  }),
)
