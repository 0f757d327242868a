import { isObject, type Path, type Schema, schema } from "../../core/schema.ts"
import { Secret } from "../../core/secret.ts"
import { headerValue, json, text } from "../../core/values.ts"
import { type Fields, put } from "./fields.ts"
import { filler, type Given, type Hole, holesOf, readTemplate, type Template, textFiller } from "./template.ts"

/** A value of the config with placeholders in its texts, made anew for each exchange. */
export interface Filled<T> {
  readonly holes: readonly Hole[]
  /** Undefined where it is one placeholder for which nothing is there. */
  fill(given: Given): T
}

/** A JSON value in whose texts placeholders may stand, and secrets in the place of texts. */
export const filledValue = (): Schema<Filled<unknown>> => {
  const plain = json()
  return schema({
    expected: "a JSON value",
    types: "unknown",
    accepts: (value) => plain.accepts(value),
    parse(value, path, report) {
      let sound = true
      plain.parse(
        withoutSecrets(value, () => ""),
        path,
        (problem) => {
          sound = false
          report(problem)
        },
      )
      if (!sound) return { holes: [], fill: () => undefined }
      const reveal: Replace = (secret, at) => new Revealed(text().parse(secret, [...path, ...at], report))
      return filledOf(withoutSecrets(value, reveal), path)
    },
  })
}

/** The text of a secret, in which a colon is only a colon. */
class Revealed {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Replace = (secret: Secret, at: readonly (string | number)[]) => unknown

function withoutSecrets(
  value: unknown,
  replace: Replace,
  at: readonly (string | number)[] = [],
  above: readonly unknown[] = [],
): unknown {
  if (value instanceof Secret) return replace(value, at)
  // Whoever checks the value reports it.
  if (above.includes(value)) return value
  const around = [...above, value]
  if (Array.isArray(value))
    return Array.from(value as unknown[], (item, index) => withoutSecrets(item, replace, [...at, index], around))
  if (!isObject(value)) return value
  const made: Fields = {}
  for (const [key, item] of Object.entries(value)) put(made, key, withoutSecrets(item, replace, [...at, key], around))
  return made
}

function filledOf(value: unknown, at: Path): Filled<unknown> {
  if (value instanceof Revealed) return { holes: [], fill: () => value.text }
  if (typeof value === "string") {
    const template = readTemplate(value, at)
    return { holes: holesOf(template), fill: filler(template) }
  }
  if (Array.isArray(value)) {
    const items = value.map((item, index) => filledOf(item, [...at, index]))
    return {
      holes: items.flatMap(({ holes }) => holes),
      // A list keeps its length.
      fill: (given) => items.map(({ fill }) => fill(given) ?? null),
    }
  }
  if (!isObject(value)) return { holes: [], fill: () => value }
  const fields = Object.entries(value).map(([key, item]) => [key, filledOf(item, [...at, key])] as const)
  return {
    holes: fields.flatMap(([, { holes }]) => holes),
    fill(given) {
      const made: Fields = {}
      for (const [key, { fill }] of fields) {
        const item = fill(given)
        if (item !== undefined) put(made, key, item)
      }
      return made
    },
  }
}

const filledText = (template: Template): Filled<string | undefined> => ({
  holes: holesOf(template),
  fill: textFiller(template),
})

/** A text in which placeholders may stand, or a secret, which is taken as it is; `plain` says what else it has to be. */
export const filled = (plain: Schema<string> = text()): Schema<Filled<string | undefined>> =>
  schema({
    expected: plain.expected,
    types: plain.types(""),
    accepts: (value) => plain.accepts(value),
    parse(value, path, report) {
      const parsed = plain.parse(value, path, report)
      return filledText(value instanceof Secret ? [parsed] : readTemplate(parsed, path))
    },
  })

/** Headers by name, with placeholders in their values. */
export const filledHeader = (): Schema<Filled<string | undefined>> => filled(headerValue())
