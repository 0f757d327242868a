import { Validator } from "@cfworker/json-schema"

import { isObject, list, type Path, type Report, type Schema, schema, shown, unknownOption } from "../../core/schema.ts"
import { nearest } from "../../core/suggest.ts"
import { valueAt } from "./fields.ts"

/** Says where a value is not what a schema says; undefined when it is. */
export type Fits = (value: unknown) => string | undefined

/** A JSON Schema of the config. */
export interface Described {
  /** As it stands there. */
  readonly json: JsonSchema | boolean
  readonly fits: Fits
}

/** A JSON Schema as text that a config may hold. */
export type JsonSchema = Readonly<Record<string, unknown>>

const types = ["object", "array", "string", "number", "integer", "boolean", "null"]
const ofSchema = ["not", "if", "then", "else", "items", "contains", "additionalProperties", "propertyNames"]
const ofSchemas = ["allOf", "anyOf", "oneOf", "prefixItems"]
const ofNamed = ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"]
const others = `$schema $id $ref $comment title description default examples deprecated readOnly writeOnly
  type enum const format required pattern minLength maxLength minimum maximum exclusiveMinimum exclusiveMaximum
  multipleOf minItems maxItems uniqueItems minContains maxContains minProperties maxProperties dependentRequired
  unevaluatedProperties unevaluatedItems example discriminator xml externalDocs`.split(/\s+/)
const keywords = new Set([...ofSchema, ...ofSchemas, ...ofNamed, ...others])

/** A JSON Schema (2020-12); a word that is none of its own is refused, since it would check nothing. */
export const jsonSchema = (printed: string): Schema<Described> =>
  schema<Described>({
    expected: 'a JSON Schema such as { type: "object", properties: { total: { type: "number" } } }',
    types: printed,
    accepts: (value) => isObject(value),
    parse(value, path, report) {
      let sound = true
      checkSchema(value, value, path, (problem) => {
        sound = false
        report(problem)
      })
      const json = value as JsonSchema
      return { json, fits: sound ? fitting(json, path, report) : () => undefined }
    },
  })

function fitting(json: JsonSchema, path: Path, report: Report): Fits {
  let validator: Validator
  try {
    // A copy: the library writes into what it is given, and the config may have frozen it.
    validator = new Validator(JSON.parse(JSON.stringify(json)) as JsonSchema, "2020-12")
    validator.validate(null)
  } catch (error) {
    report({
      code: "E204",
      path,
      message: `This schema cannot be used: ${(error as Error).message.replace(/\.?$/, ".")}`,
    })
    return () => undefined
  }
  return (value) => {
    try {
      const { valid, errors } = validator.validate(value)
      if (valid) return undefined
      // The first error is of the outermost schema and says only that something inside is wrong.
      const { instanceLocation = "#", keyword = "" } = errors.at(-1) ?? {}
      return `at "${instanceLocation}", where "${keyword}" does not hold`
    } catch {
      return "it is nested too deeply to be looked at"
    }
  }
}

function checkSchema(value: unknown, root: unknown, path: Path, report: Report): void {
  if (typeof value === "boolean") return
  if (!isObject(value)) {
    report({ code: "E203", path, message: `Expected a JSON Schema, got ${shown(value)}.` })
    return
  }
  for (const [key, item] of Object.entries(value)) {
    const at = [...path, key]
    if (!keywords.has(key)) {
      if (!key.startsWith("x-")) report(unknownKeyword(key, path))
    } else if (ofSchema.includes(key)) checkSchema(item, root, at, report)
    else if (ofSchemas.includes(key) && Array.isArray(item))
      item.forEach((one, index) => checkSchema(one, root, [...at, index], report))
    else if (ofNamed.includes(key) && isObject(item))
      for (const [name, one] of Object.entries(item)) checkSchema(one, root, [...at, name], report)
    else if (key === "$ref") checkReference(item, root, at, report)
    else checkKeyword(key, item, at, report)
  }
}

function checkKeyword(key: string, value: unknown, path: Path, report: Report): void {
  const wrong = (message: string, at: Path = path): void => report({ code: "E204", path: at, message })
  if (key === "type")
    for (const type of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (typeof type === "string" && types.includes(type)) continue
      const meant = typeof type === "string" ? nearest(type, types) : undefined
      wrong(`${shown(type)} is no type of JSON.${meant ? ` Did you mean "${meant}"?` : ` Use ${list(types)}.`}`)
    }
  else if (key === "required" || key === "enum") {
    if (!Array.isArray(value)) wrong(`Expected a list, got ${shown(value)}.`)
  } else if (ofSchemas.includes(key)) wrong(`Expected a list of schemas, got ${shown(value)}.`)
  else if (ofNamed.includes(key)) wrong(`Expected an object of schemas, got ${shown(value)}.`)
  else if (key === "pattern" && !isPattern(value)) wrong(`${shown(value)} is no pattern.`)
}

function checkReference(value: unknown, root: unknown, path: Path, report: Report): void {
  const steps = typeof value === "string" && /^#(\/|$)/.test(value) ? value.split("/").slice(1) : undefined
  const found = steps && valueAt(root, steps.map(unescaped))
  if (found === undefined)
    report({
      code: "E204",
      path,
      message: `The reference ${shown(value)} leads nowhere.`,
      fix: 'Lead to a schema inside this one: "#/$defs/item".',
    })
}

// RFC 6901 section 4.
const unescaped = (step: string): string => step.replaceAll("~1", "/").replaceAll("~0", "~")

function isPattern(value: unknown): boolean {
  try {
    return typeof value === "string" && new RegExp(value, "u") instanceof RegExp
  } catch {
    return false
  }
}

// All of them would fill a screen.
function unknownKeyword(key: string, path: Path) {
  const problem = unknownOption(key, path, keywords)
  const meant = nearest(key, keywords)
  return { ...problem, fix: meant ? `Write "${meant}".` : 'Remove it, or begin its name with "x-".' }
}
