import { type Schema, schema, shown } from "./schema.ts"

const milliseconds = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const bytes = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 } as const

const quantity = (expected: string, types: string, units: Readonly<Record<string, number>>): Schema<number> => {
  const shape = new RegExp(`^(\\d+(?:\\.\\d+)?)(${Object.keys(units).join("|")})$`)
  return schema({
    expected,
    types,
    accepts: (value) => typeof value === "string",
    parse(value, path, report) {
      const [, amount, unit] = shape.exec(value as string) ?? []
      const made = Number(amount) * (units[unit ?? ""] ?? Number.NaN)
      // Rounded, because 16.1 * 60000 is a little more than 966000.
      if (made > 0 && made <= Number.MAX_SAFE_INTEGER) return Math.max(1, Math.round(made))
      report({ code: "E204", path, message: `Expected ${expected}, got ${shown(value)}.` })
      return 1
    },
  })
}

/** A length of time, in milliseconds once parsed. */
export const duration = (): Schema<number> =>
  quantity('a duration such as "250ms", "30s", "5m", "1h" or "7d"', "Duration", milliseconds)

/** An amount of data, in bytes once parsed. */
export const size = (): Schema<number> => quantity('a size such as "64kb" or "10mb"', "Size", bytes)

/** A length of time as a person writes it. */
export function durationText(length: number): string {
  if (length < 1000) return `${Math.round(length)}ms`
  for (const unit of ["d", "h", "m", "s"] as const)
    if (length % milliseconds[unit] === 0) return `${length / milliseconds[unit]}${unit}`
  return `${(length / 1000).toFixed(1)}s`
}
