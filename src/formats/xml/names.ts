/** Prefixes that are declared where an element stands, the nearest first. */
export interface Scope {
  prefix: string
  uri: string
  outer: Scope | undefined
}

/** Prefixes for XML Schema, the mapping's own when values are told apart: xsi:nil is null, xs:string a text. */
export const ownPrefixes = {
  xsi: "http://www.w3.org/2001/XMLSchema-instance",
  xs: "http://www.w3.org/2001/XMLSchema",
} as const

/** One of these prefixes. */
export type OwnPrefix = keyof typeof ownPrefixes

/** What is declared then, before anything is. */
export const ownScope: Scope = {
  prefix: "xs",
  uri: ownPrefixes.xs,
  outer: { prefix: "xsi", uri: ownPrefixes.xsi, outer: undefined },
}

/** The namespace that a prefix stands for, "" when it is not declared. */
export function namespaceOf(scope: Scope | undefined, prefix: string): string {
  for (let at = scope; at; at = at.outer) if (at.prefix === prefix) return at.uri
  return prefix === "xml" ? "http://www.w3.org/XML/1998/namespace" : ""
}

// XML 1.0 (fifth edition), productions 4 and 4a, without the colon.
const start =
  "A-Z_a-z\\u{c0}-\\u{d6}\\u{d8}-\\u{f6}\\u{f8}-\\u{2ff}\\u{370}-\\u{37d}\\u{37f}-\\u{1fff}\\u{200c}-\\u{200d}\\u{2070}-\\u{218f}\\u{2c00}-\\u{2fef}\\u{3001}-\\u{d7ff}\\u{f900}-\\u{fdcf}\\u{fdf0}-\\u{fffd}\\u{10000}-\\u{effff}"
const part = `${start}\\-.0-9\\u{b7}\\u{300}-\\u{36f}\\u{203f}-\\u{2040}`
const localName = new RegExp(`^[${start}][${part}]*$`, "u")

// What is no part of a name, what may not begin one, and an underscore with which one of these seems to begin.
const strange = new RegExp(`[^${part}]|^[^${start}]|_(?=x(?:[0-9A-F]{4}|[0-9A-F]{8})(?:_|[^${part}]))`, "gu")
const escaped = /_x([0-9A-F]{4}|[0-9A-F]{8})_/g

/** True for a name without a colon. */
export const isLocalName = (name: string): boolean => localName.test(name)

/** A key as an XML name: what names may not have becomes _xHHHH_, as in .NET and SharePoint, and "" becomes _x_. */
function escapeName(key: string): string {
  if (key === "" || key === "_x_") return key === "" ? "_x_" : "_x005F_x_"
  if (localName.test(key) && !key.includes("_x")) return key
  return key.replace(strange, (char) => {
    const code = (char.codePointAt(0) ?? 0).toString(16).toUpperCase()
    return `_x${code.padStart(code.length > 4 ? 8 : 4, "0")}_`
  })
}

// What nobody would have escaped stays as it is: there is one way to say a name, for those who look for it.
function unescapeName(name: string): string {
  if (!name.includes("_x")) return name
  const key = name.replace(escaped, (whole, code: string) => {
    const point = Number.parseInt(code, 16)
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole
  })
  return name === "_x_" ? "" : escapeName(key) === name ? key : name
}

/** The name for a key. A colon stays where the prefix before it is declared, since names with others are no XML. */
export function nameOf(key: string, scope: Scope | undefined): string {
  const colon = key.indexOf(":")
  if (colon > 0 && colon < key.length - 1 && namespaceOf(scope, key.slice(0, colon)) !== "")
    return `${key.slice(0, colon)}:${escapeName(key.slice(colon + 1))}`
  return escapeName(key)
}

/** The key for a name; the other way round than `nameOf`. */
export function keyOf(name: string, scope: Scope | undefined, strip: boolean): string {
  const colon = name.indexOf(":")
  if (colon > 0) {
    const local = unescapeName(name.slice(colon + 1))
    return strip ? local : `${name.slice(0, colon)}:${local}`
  }
  const key = unescapeName(name)
  return key !== name && nameOf(key, scope) !== name ? name : key
}
