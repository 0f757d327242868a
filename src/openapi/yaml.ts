const plain = /^[A-Za-z/][\w/.@{}-]*(?: [\w/.@{}()-]+)*$/
const reserved = /^(?:y|n|yes|no|on|off|true|false|null|inf|nan)$/i

/**
 * Writes a JSON value as YAML. Bun.YAML.stringify leaves dates and times bare and shares equal objects by alias;
 * readers of YAML 1.1, which most OpenAPI tools are, turn the first into Date values and many refuse the second.
 */
export function toYaml(value: unknown): string {
  const json = JSON.parse(JSON.stringify(value)) as unknown
  return isBlock(json) ? `${lines(json).join("\n")}\n` : `${scalar(json)}\n`
}

function isBlock(value: unknown): value is object {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0
}

function lines(value: object): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown) => {
      if (!isBlock(item)) return [`- ${scalar(item)}`]
      return lines(item).map((line, n) => (n === 0 ? `- ${line}` : `  ${line}`))
    })
  }
  return Object.entries(value).flatMap(([key, item]: [string, unknown]) => {
    if (!isBlock(item)) return [`${scalar(key)}: ${scalar(item)}`]
    return [`${scalar(key)}:`, ...lines(item).map((line) => `  ${line}`)]
  })
}

function scalar(value: unknown): string {
  if (typeof value === "string" && plain.test(value) && !reserved.test(value)) return value
  // A JSON string is a YAML double-quoted one, but for the characters that YAML 1.1 takes as line breaks or refuses.
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  )
}
