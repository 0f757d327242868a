import type { Format } from "./format.ts"
import { formats } from "./index.ts"
import { parseMediaType } from "./media-type.ts"

const byType = new Map(formats.flatMap((format) => format.types.map((type) => [type, format] as const)))
const bySuffix = new Map(formats.map((format) => [format.suffix, format] as const))

/** The format that a content type names, by itself or by its suffix: `application/problem+json`. */
export function formatOf(contentType: string): Format | undefined {
  const type = parseMediaType(contentType)?.type
  if (type === undefined) return undefined
  const suffix = /\+[^+]*$/.exec(type)?.[0]
  return byType.get(type) ?? (suffix === undefined ? undefined : bySuffix.get(suffix))
}

/** The charset that a content type names, for `read`. */
export const charsetOf = (contentType: string): string | undefined =>
  parseMediaType(contentType)?.parameters.get("charset")
