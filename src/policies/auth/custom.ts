import { type Identity, identity } from "../../core/identity.ts"
import { about, isObject, object, optional, shown } from "../../core/schema.ts"
import { flag, fn, headerValue } from "../../core/values.ts"
import { asking, type AuthRequest } from "./asking.ts"
import { placeOption } from "./place-option.ts"
import { defineScheme, Refused } from "./scheme.ts"

/** Tells who asks by a function of the config. */
export const custom = defineScheme({
  name: "custom",
  about: "A function of yours tells who asks.",
  options: object({
    identify: about(
      "Gives who asks; undefined when the request has no credentials that it knows; false when they do not hold. Whatever it throws lets nobody in: it is a failure of the gateway, 500.",
      fn<(request: AuthRequest) => unknown>(
        "(request: AuthRequest) => Vouched | false | undefined | Promise<Vouched | false | undefined>",
      ),
    ),
    from: about(
      "Where its credentials stand, so that they do not reach the service: `{ header }`, `{ cookie }`, `{ query }`, or a list of these.",
      optional(placeOption),
    ),
    challenge: about("What `WWW-Authenticate` says of it in a 401.", optional(headerValue(), "Custom")),
    forward: about("Lets the credentials that it has vouched for reach the service.", optional(flag(), false)),
  }),
  create: ({ identify, from, challenge, forward }) => ({
    identify(exchange) {
      const said = identify(asking(exchange))
      return said instanceof Promise ? exchange.unlessOver(said).then(vouched) : vouched(said)
    },
    challenge: () => challenge,
    places: from ?? [],
    forward,
  }),
})

const texts = ["issuer", "credential", "plan", "tenant"] as const

/** What a function said, once it is sure to be of the right kind: it may come from code without types. */
function vouched(said: unknown): Identity | undefined {
  if (said === undefined) return undefined
  if (said === false) throw new Refused("its function says no")
  if (!isObject(said)) throw wrong(`gives ${shown(said)}`)
  const { subject, scopes, roles, claims } = said
  if (typeof subject !== "string" || subject === "") throw wrong("gives no subject, or one that is no text")
  for (const name of texts)
    if (said[name] !== undefined && typeof said[name] !== "string") throw wrong(`gives a ${name} that is no text`)
  for (const [name, value] of [
    ["scopes", scopes],
    ["roles", roles],
  ] as const)
    if (value !== undefined && !isTexts(value)) throw wrong(`gives ${name} that are no list of texts`)
  if (claims !== undefined && !isObject(claims)) throw wrong("gives claims that are no object")
  return identity({ ...(said as Pick<Identity, "subject">), scheme: "custom" })
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === "string")

const wrong = (what: string): TypeError => new TypeError(`The function of the scheme "custom" ${what}.`)
