import { type Schema, schema } from "../../core/schema.ts"
import { Secret } from "../../core/secret.ts"
import { text } from "../../core/values.ts"

/** A value that stands in the config, or as JSON in a file or a variable: the file is read again when it changes. */
export const orJsonSecret = <T>(of: Schema<T>): Schema<T> => {
  const plain = text()
  return schema({
    expected: `${of.expected}, or file("keys.json") with the same in it`,
    types: (indent) => `${of.types(indent)} | Secret`,
    fields: of.fields ?? {},
    accepts: (value) => value instanceof Secret || of.accepts(value),
    parse(value, path, report) {
      if (!(value instanceof Secret)) return of.parse(value, path, report)
      const content = plain.parse(value, path, report)
      // Problems stand where the secret does, because what is in it has no place in the config.
      const inside = (where: string, problem: string): void =>
        report({ code: "E204", path, message: `In ${value.from}${where}: ${problem}` })
      if (content === "") return of.parse({}, path, () => undefined)
      let found: unknown
      try {
        found = JSON.parse(content)
      } catch {
        // What the parser says quotes what is in there.
        inside("", "this is not valid JSON.")
        return of.parse({}, path, () => undefined)
      }
      return of.parse(found, [], ({ path: within, message }) =>
        inside(within.length === 0 ? "" : `, at "${within.join(".")}"`, message),
      )
    },
  })
}
