import {
  about,
  either,
  isObject,
  listOf,
  object,
  type Of,
  optional,
  type Path,
  record,
  type Report,
  type Schema,
  schema,
} from "../../../core/schema.ts"
import { anyObject, checkedText, text } from "../../../core/values.ts"
import { date } from "../date-option.ts"
import { orJsonSecret } from "../json-secret.ts"
import type { KeyRecord } from "./key-record.ts"
import { digestOf, environmentOf, isOurs } from "./key-text.ts"

/** Keys by their digests. */
export type KeyList = ReadonlyMap<string, KeyRecord>

const digestShape = /^sha256:[0-9a-f]{64}$/
// Shorter ones could be guessed.
const shortest = 20

const key = checkedText('"sha256:…", or a secret with the key in it', (found, isSecret) => {
  if (digestShape.test(found)) return undefined
  if (!isSecret)
    return {
      message: "A key stands in the config, where everybody who reads it could use it.",
      fix: 'Give its hash, "sha256:" and 64 hex digits (`bellhop keys create --entry` prints it), or env("NAME").',
    }
  if (found.length < shortest)
    return {
      message: `The key is shorter than ${shortest} characters.`,
      fix: "Make one: `bellhop keys create --entry`.",
    }
  if (!isOurs(found) || environmentOf(found) !== undefined) return undefined
  return { message: "The checksum of the key is wrong.", fix: "Copy the whole key." }
})

const texts = () => listOf(text())

const entry = object({
  key: about('What is known of the key: its hash, "sha256:…", or a secret with the key in it.', key),
  subject: about(
    "Whose key it is; keys of the same share limits and quotas. Default: the name of the key.",
    optional(text()),
  ),
  plan: about("The plan that limits and quotas go by.", optional(text())),
  tenant: about("The tenant it belongs to.", optional(text())),
  scopes: about("What it may be used for, for `authorize`.", optional(texts())),
  roles: about("The roles that its owner has, for `authorize`.", optional(texts())),
  metadata: about("What else is known: the claims of the identity.", optional(anyObject())),
  expires: about('When it ends: "2030-01-31", or a moment.', optional(date())),
})

const keys = record(either(key, entry), text({ expected: "a name for the key", pattern: /^[\w.@:-]{1,100}$/ }))

/** The keys of a config, by the names that may be printed. */
export const keyList: Schema<KeyList> = orJsonSecret({
  ...schema<KeyList>({ expected: "an object of keys by name", types: keys.types, accepts: isObject }),
  parse: (value: unknown, path: Path, report: Report) => listed(keys.parse(value, path, report), path, report),
})

function listed(given: ReturnType<typeof keys.parse> | undefined, path: Path, report: Report): KeyList {
  const found = new Map<string, KeyRecord>()
  if (given?.size === 0)
    report({ code: "E205", path, message: "No keys.", fix: "Add one, or remove the option to use those of the store." })
  for (const [id, one] of given ?? []) {
    const { key: text, ...known }: Partial<Of<typeof entry>> = typeof one === "string" ? { key: one } : (one ?? {})
    // What is wrong with it was reported.
    if (typeof text !== "string") continue
    const digest = digestShape.test(text) ? text.slice("sha256:".length) : digestOf(text)
    const other = found.get(digest)
    if (other)
      report({
        code: "E204",
        path: [...path, id],
        on: "key",
        message: `"${id}" is the same key as "${other.id}".`,
        fix: "Keep one of them.",
      })
    found.set(digest, { ...known, subject: known.subject ?? id, id })
  }
  return found
}
