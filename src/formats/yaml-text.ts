import { cannotWrite } from "./format.ts"

const plain = /^[A-Za-z/][\w/.@{}-]*(?: [\w/.@{}()-]+)*$/
const reserved = /^(?:y|n|yes|no|on|off|true|false|null|inf|nan)$/i

// JSON.stringify escapes halves only; a backslash before this one would be one of the text.
const halfPair = /(?:^|[^\\])(?:\\\\)*\\ud[89a-f]/

// What is nested deeper stands on one line, as in JSON: set in by hundreds of spaces, short items would make long lines.
const blocks = 20

/**
 * Writes a value of JSON as YAML. Bun.YAML.stringify leaves dates and times bare and shares equal objects by alias;
 * readers of YAML 1.1, which most are, turn the first into dates, and many refuse the second.
 */
export function yamlText(value: unknown): string {
  const lines: string[] = []
  add(value, "", "", 0)
  return `${lines.join("\n")}\n`

  /** `start` begins the first line of a value, `indent` the others. */
  function add(item: unknown, start: string, indent: string, depth: number): void {
    if (!isBlock(item) || depth >= blocks) {
      lines.push(start + scalar(item))
      return
    }
    let begin = start
    for (const [key, child] of Object.entries(item) as [string, unknown][]) {
      if (Array.isArray(item)) add(child, `${begin}- `, `${indent}  `, depth + 1)
      else if (isBlock(child) && depth + 1 < blocks) {
        lines.push(`${begin}${scalar(key)}:`)
        add(child, `${indent}  `, `${indent}  `, depth + 1)
      } else lines.push(`${begin}${scalar(key)}: ${scalar(child)}`)
      begin = indent
    }
  }
}

const isBlock = (value: unknown): value is object =>
  typeof value === "object" && value !== null && Object.keys(value).length > 0

function scalar(value: unknown): string {
  if (typeof value === "string" && plain.test(value) && !reserved.test(value)) return value
  const json = JSON.stringify(value)
  if (halfPair.test(json)) throw cannotWrite("YAML", "a text holds half a surrogate pair, which is no character.")
  // JSON is YAML as well, but for the characters that YAML 1.1 takes as line breaks or refuses.
  return json.replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  )
}
