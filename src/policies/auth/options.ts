import type { AnyPart } from "../../core/part.ts"
import { about, object, type Of, optional, type Schema } from "../../core/schema.ts"
import { flag } from "../../core/values.ts"
import { schemes } from "./index.ts"
import type { Scheme } from "./scheme.ts"
import { tellOptions } from "./tell.ts"

/** The checked options of `auth`. */
export interface AuthOptions {
  /** In the order in which they are asked. */
  readonly schemes: readonly { readonly part: AnyPart<Scheme>; readonly options: unknown }[]
  readonly anonymous: boolean
  readonly tell: Of<typeof tellOptions> | undefined
}

const general = {
  anonymous: about(
    "Lets requests without credentials in as well. Those whose credentials do not hold are refused all the same.",
    optional(flag(), false),
  ),
  tell: about(
    "What the service is told of who asks. What clients write into these headers never reaches it, on routes that switch `auth` off either, where the defaults say it. A route that says nothing of it tells what the defaults tell.",
    optional(tellOptions),
  ),
}

const fields = object<Record<string, Schema<unknown>>>({
  ...Object.fromEntries(schemes.map((part) => [part.name, about(part.about, optional(part.options))])),
  ...general,
})

/** The schemes that a route takes, by name, and what becomes of an identity. */
export const authOptions: Schema<AuthOptions> = {
  ...fields,
  parse(value, path, report) {
    const given = fields.parse(value, path, report) as Readonly<Record<string, unknown>> | undefined
    const chosen = schemes.flatMap((part) => {
      const options = given?.[part.name]
      return options === undefined ? [] : [{ part, options }]
    })
    if (given && chosen.length === 0)
      report({
        code: "E205",
        path,
        message: "No scheme: nobody could tell who asks.",
        fix: 'Name one, such as "apiKey: {}"; "auth: false" leaves the route open.',
      })
    return { schemes: chosen, anonymous: given?.["anonymous"] === true, tell: given?.["tell"] as AuthOptions["tell"] }
  },
}
