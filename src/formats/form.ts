import { decodeText } from "./decode-text.ts"
import {
  cannotRead,
  cannotWrite,
  type Codec,
  defineFormat,
  isPlain,
  jsonOf,
  kindOf,
  largest,
  quoted,
  scalarText,
} from "./format.ts"

/** What can be said about forms. */
export interface FormOptions {
  /** Fields that are always lists; the others are lists when they come more than once. */
  arrays?: readonly string[]
  /** How many fields a form may have; 1,000 otherwise. */
  fields?: number
  /** How many characters may be written; 16 Mi otherwise. */
  size?: number
}

/** Fields stay as they are called: `a[b]=c` is a field "a[b]", not an object. */
export const form = defineFormat<FormOptions>({
  name: "form",
  about: "Forms: names with texts, of which those that come more than once are lists.",
  types: ["application/x-www-form-urlencoded"],
  codec({ arrays = [], fields = 1000, size = largest } = {}): Codec {
    const lists = new Set(arrays)
    return {
      read: (bytes, charset) => read(decodeText(bytes, charset, "form"), lists, fields),
      write: (value) => write(value, size),
    }
  },
})

function read(text: string, lists: ReadonlySet<string>, limit: number): unknown {
  const found = new Map<string, string[]>()
  let count = 0
  for (let at = 0; at < text.length;) {
    const next = text.indexOf("&", at)
    const end = next < 0 ? text.length : next
    const field = text.slice(at, end)
    at = end + 1
    if (field === "") continue
    if (++count > limit) throw cannotRead("form", `it has more than ${limit} fields, which is the limit.`)
    const equals = field.indexOf("=")
    const name = decoded(equals < 0 ? field : field.slice(0, equals), count)
    const value = equals < 0 ? "" : decoded(field.slice(equals + 1), count)
    const values = found.get(name)
    if (values) values.push(value)
    else found.set(name, [value])
  }
  // Names are the sender's: "__proto__" is one as good as any.
  const value = Object.create(null) as Record<string, unknown>
  for (const [name, values] of found) value[name] = values.length > 1 || lists.has(name) ? values : values[0]
  for (const name of lists) if (!found.has(name)) value[name] = []
  return value
}

// Browsers take "%zz" as it stands and bytes that are no UTF-8 as U+FFFD: two ways to be understood differently.
function decoded(text: string, count: number): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "))
  } catch {
    throw cannotRead("form", `field ${count}, ${quoted(text)}, is not percent-encoded UTF-8.`)
  }
}

function write(value: unknown, size: number): string {
  if (!isPlain(value)) throw cannotWrite("form", `a form is an object with its fields, not ${kindOf(value)}.`)
  const pairs: string[] = []
  let length = 0
  for (const [name, field] of Object.entries(value)) {
    for (const item of Array.isArray(field) ? (field as unknown[]) : [field]) {
      const one = jsonOf(item)
      if (one === undefined) continue
      const text = one === null ? "" : scalarText(one)
      if (text === undefined) throw cannotWrite("form", `a field is a text, not ${kindOf(one)}.`, [name])
      const pair = `${encoded(name, name)}=${encoded(text, name)}`
      length += pair.length + 1
      if (length > size)
        throw cannotWrite("form", `it would have more than ${size} characters, which is the limit.`, [name])
      pairs.push(pair)
    }
  }
  return pairs.join("&")
}

function encoded(text: string, name: string): string {
  try {
    // What else is left bare, "!'()*~", may be in a form's text as well.
    return encodeURIComponent(text).replaceAll("%20", "+")
  } catch {
    throw cannotWrite("form", "it holds half a surrogate pair, which is no character.", [name])
  }
}
