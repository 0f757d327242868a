import { isObject, list, type Path, record, type Report, type Schema, schema, shown } from "./schema.ts"
import { Secret } from "./secret.ts"

/** Any text, or a secret that stands for one. */
export const text = (options: { expected?: string; pattern?: RegExp; fix?: string } = {}): Schema<string> => {
  const expected = options.expected ?? "a text"
  return schema({
    expected,
    types: "string | Secret",
    accepts: (value) => typeof value === "string" || value instanceof Secret,
    parse(value, path, report) {
      const secret = value instanceof Secret ? value : undefined
      const found = secret ? secret.reveal() : (value as string)
      if (secret && found === undefined) {
        const { code, why, fix } = secret.absence
        report({ code, path, message: `Cannot read ${secret.from}: ${why}.`, fix })
      }
      if (found === undefined) return ""
      if (options.pattern && !options.pattern.test(found))
        report({
          code: "E204",
          path,
          message: `Expected ${expected}, got ${secret ? "another value" : shown(found)}.`,
          fix: options.fix,
        })
      return found
    },
  })
}

/** A text, or a secret that stands for one, in which a function looks for what is wrong. */
export const checkedText = (
  expected: string,
  wrong: (found: string, isSecret: boolean) => { message: string; fix: string } | undefined,
): Schema<string> => {
  const plain = text({ expected })
  return schema({
    expected,
    types: plain.types(""),
    accepts: plain.accepts,
    parse(value, path, report) {
      let missing = false
      const found = plain.parse(value, path, (problem) => {
        missing = true
        report(problem)
      })
      const problem = missing ? undefined : wrong(found, value instanceof Secret)
      if (problem) report({ code: "E204", path, ...problem })
      return found
    },
  })
}

/** One of a few words. */
export const oneOf = <const W extends string>(...words: readonly W[]): Schema<W> => {
  const known = new Set<unknown>(words)
  const expected = `one of ${list(words.map((word) => `"${word}"`))}`
  return schema({
    expected,
    types: words.map((word) => JSON.stringify(word)).join(" | "),
    accepts: (value) => typeof value === "string",
    parse(value, path, report) {
      if (!known.has(value)) report({ code: "E204", path, message: `Expected ${expected}, got ${shown(value)}.` })
      return value as W
    },
  })
}

/** Yes or no. */
export const flag = (): Schema<boolean> =>
  schema({ expected: "true or false", types: "boolean", accepts: (value) => typeof value === "boolean" })

/** Exactly `false`: how something standard is switched off. */
export const off = (): Schema<false> =>
  schema({ expected: "false", types: "false", accepts: (value) => value === false })

/** A whole number within bounds. */
export const integer = (min: number, max = Number.MAX_SAFE_INTEGER): Schema<number> => {
  const expected =
    max === Number.MAX_SAFE_INTEGER ? `a whole number from ${min}` : `a whole number from ${min} to ${max}`
  return schema({
    expected,
    types: "number",
    accepts: (value) => typeof value === "number",
    parse(value, path, report) {
      const number = value as number
      if (!Number.isInteger(number) || number < min || number > max)
        report({ code: "E204", path, message: `Expected ${expected}, got ${shown(value)}.` })
      return number
    },
  })
}

/** A function of the config; its type is what the editor shows. */
export const fn = <F extends (...parameters: never[]) => unknown>(types: string): Schema<F> =>
  schema({ expected: "a function", types, accepts: (value) => typeof value === "function" })

/** Any value that JSON can carry. */
export const json = (): Schema<unknown> =>
  schema({
    expected: "a JSON value",
    types: "unknown",
    accepts: (value) => typeof value !== "function" && value !== undefined,
    parse(value, path, report) {
      checkJson(value, path, report, [])
      return value
    },
  })

/** Reports what JSON would refuse, leave out or write as something else. */
function checkJson(value: unknown, path: Path, report: Report, above: readonly unknown[]): void {
  const lost =
    typeof value === "function" ||
    typeof value === "symbol" ||
    typeof value === "bigint" ||
    (typeof value === "number" && !Number.isFinite(value)) ||
    value instanceof Secret
  if (lost || above.includes(value)) {
    const got = lost ? shown(value) : "an object that has itself inside"
    report({ code: "E203", path, message: `Expected a JSON value, got ${got}.` })
  } else if (Array.isArray(value) || isObject(value))
    for (const [key, item] of Object.entries(value))
      checkJson(item, [...path, Array.isArray(value) ? Number(key) : key], report, [...above, value])
}

/** Any object, left as it is. */
export const anyObject = (): Schema<Record<string, unknown>> =>
  schema({ expected: "an object", types: "{ readonly [name: string]: unknown }", accepts: isObject })

/** The name of a header, as HTTP allows it. */
export const headerName = (): Schema<string> =>
  text({ expected: "a header name", pattern: /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/ })

/** The value of a header: anything else could not be sent, or would begin another line. */
export const headerValue = (): Schema<string> =>
  text({ expected: "a header value without line breaks, of Latin letters", pattern: /^[\t\x20-\x7e\x80-\xff]*$/ })

/** Headers by name. */
export const headerLines = (): Schema<ReadonlyMap<string, string>> => record(headerValue(), headerName())
