/** Both directions between a body and the value in it. */
export interface Codec {
  /**
   * The value in a body, as JSON knows values; `charset` is the parameter of its content type. Throws a `FormatError`.
   * Its names are the sender's: ask for them with `Object.hasOwn`, since some objects have a prototype and some do not.
   */
  read(bytes: Uint8Array, charset?: string): unknown
  /** The body for a value; text is to be sent as UTF-8. Throws a `FormatError`. */
  write(value: unknown): string | Uint8Array
}

/** One way to write a value down. */
export interface Format<Options extends object = object> extends Codec {
  readonly name: string
  /** One sentence for the reference. */
  readonly about: string
  /** The media types that it is known by, in lower case; the first one is for who does not ask for another. */
  readonly types: readonly string[]
  /** The structured syntax suffix (RFC 6839) that stands for it: `+json`. */
  readonly suffix: string | undefined
  /** The same format with other than the standard options, which are seen to once, here. */
  with(options: Options): Format<Options>
}

/** A body that cannot be read, or a value that cannot be written: says what is wrong and where. */
export class FormatError extends Error {
  override readonly name = "FormatError"
}

/** What `defineFormat` makes a format of. */
export interface Declared<Options extends object> {
  name: string
  about: string
  types: readonly string[]
  suffix?: string
  /** Sees to the options; they are the standard ones when there are none. */
  codec(options?: Options): Codec
}

/** Declares a format. */
export function defineFormat<Options extends object>(declared: Declared<Options>, options?: Options): Format<Options> {
  const { name, about, types, suffix } = declared
  const { read, write } = declared.codec(options)
  return { name, about, types, suffix, read, write, with: (other) => defineFormat(declared, other) }
}

/** How deep values may be nested when nobody says otherwise; what walks a value may count on it. */
export const deepest = 200

/** True for a value in which lists and objects are nested deeper than so many levels. */
export function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false
  if (levels === 0) return true
  // Most of what there is are texts and numbers: a call for each would be most of the time.
  if (Array.isArray(value)) {
    for (const item of value as unknown[]) if (typeof item === "object" && isDeeper(item, levels - 1)) return true
    return false
  }
  const object = value as Record<string, unknown>
  for (const name in object) {
    const item = object[name]
    if (typeof item === "object" && isDeeper(item, levels - 1)) return true
  }
  return false
}

/**
 * How many characters are written at most when nobody says otherwise, where a value can be much smaller than its text:
 * a list of numbers repeats the name of an element, or a field, for each of them.
 */
export const largest = 16 * 1024 * 1024

/** A place in a text, as people count. */
export interface Place {
  line: number
  column: number
}

/** The place of an offset. */
export function placeOf(text: string, at: number): Place {
  const before = text.slice(0, at).split(/\r\n|\n|\r/)
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}

/** The error for a body that is not what it should be; `why` is a sentence without its capital. */
export function cannotRead(format: string, why: string, place?: Place): FormatError {
  const where = place ? ` at line ${place.line}, column ${place.column}` : ""
  return new FormatError(`Cannot read ${format}${where}: ${why}`)
}

/** The error for a value that the format has no form for; `path` leads to it. */
export function cannotWrite(format: string, why: string, path: readonly (string | number)[] = []): FormatError {
  const way = path.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`)).join("")
  const where = path.length > 0 ? ` at ${quoted(way.replace(/^\./, ""))}` : ""
  return new FormatError(`Cannot write ${format}${where}: ${why}`)
}

/** Something from a body in quotes, cut where it would fill a log. */
export const quoted = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)

/** What a number, a truth value or a text is in formats that know texts only; undefined for anything else. */
export function scalarText(value: unknown): string | undefined {
  if (typeof value === "string") return value
  if (typeof value === "boolean" || typeof value === "bigint") return `${value}`
  return typeof value === "number" && Number.isFinite(value) ? `${value}` : undefined
}

/** True for what JSON calls an object; everything else that is an object has no form of its own. */
export const isPlain = (value: unknown): value is Record<string, unknown> =>
  Object.prototype.toString.call(value) === "[object Object]"

/** What JSON leaves out of objects, and has null for in lists. */
export const isNothing = (value: unknown): boolean =>
  value === undefined || typeof value === "function" || typeof value === "symbol"

/** What stands for a value in JSON: a date's text, for one. */
export function jsonOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("toJSON" in value)) return value
  return typeof value.toJSON === "function" ? (value.toJSON as () => unknown)() : value
}

/** What `value` is, for messages. */
export function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list"
  if (isPlain(value)) return "an object"
  if (typeof value === "number") return `the number ${value}`
  return value === null || value === undefined ? `${value}` : Object.prototype.toString.call(value).slice(8, -1)
}
