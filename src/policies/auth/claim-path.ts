import { isObject, type Schema, schema, shown } from "../../core/schema.ts"

type Claims = Readonly<Record<string, unknown>>

/** Finds one value in the claims of an identity; undefined when it is not there. */
export type ClaimOf = (claims: Claims) => unknown

/** A claim by its name, or by its path such as "realm_access.roles"; names that are URLs have dots of their own. */
export const claimOf = (path: string): ClaimOf =>
  path.includes(".") ? (claims) => claimAt(claims, path) : (claims) => own(claims, path)

function claimAt(claims: Claims, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path]
  // The longest name first: what is inside a claim may be behind dots too.
  for (let at = path.lastIndexOf("."); at > 0; at = path.lastIndexOf(".", at - 1)) {
    const inside = own(claims, path.slice(0, at))
    if (isObject(inside)) return claimAt(inside, path.slice(at + 1))
  }
  return undefined
}

// Claims are the sender's: what every object has is none of them.
const own = (claims: Claims, name: string): unknown => (Object.hasOwn(claims, name) ? claims[name] : undefined)

/** The name or the path of a claim, as a config writes it. */
export const claimPath = (): Schema<ClaimOf> => {
  const expected = 'a claim such as "email" or "realm_access.roles"'
  return schema({
    expected,
    types: "string",
    accepts: (value) => typeof value === "string",
    parse(value, path, report) {
      const text = value as string
      if (/^$|^\.|\.$/.test(text)) report({ code: "E204", path, message: `Expected ${expected}, got ${shown(text)}.` })
      return claimOf(text)
    },
  })
}
