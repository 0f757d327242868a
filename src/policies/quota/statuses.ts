import { either, listOf, type Schema, schema, shown } from "../../core/schema.ts"

/** Whether an answer of a status is counted. */
export type Statuses = ReadonlySet<number>

const classes: ReadonlySet<string> = new Set(["1xx", "2xx", "3xx", "4xx", "5xx"])

const status = schema<readonly number[]>({
  expected: 'a status such as 404, or a class of them such as "2xx"',
  types: `number | ${[...classes].map((name) => JSON.stringify(name)).join(" | ")}`,
  accepts: (value) => typeof value === "number" || typeof value === "string",
  parse(value, path, report) {
    if (classes.has(value as string)) return classOf(Number((value as string)[0]))
    if (typeof value === "number" && Number.isInteger(value) && value >= 100 && value <= 599) return [value]
    report({ code: "E204", path, message: `Expected ${status.expected}, got ${shown(value)}.` })
    return []
  },
})

const classOf = (first: number): number[] => Array.from({ length: 100 }, (_, last) => first * 100 + last)

const several = listOf(status)

/** Statuses of answers, by number and by class. */
export const statusesOption: Schema<Statuses> = {
  ...either(status, several),
  parse: (value, path, report) => {
    if (Array.isArray(value)) return new Set((several.parse(value, path, report) ?? []).flat())
    return new Set(status.parse(value, path, report))
  },
}

/** Everything but failures of services and of the gateway: nobody pays for those. */
export const standardStatuses: Statuses = new Set([1, 2, 3, 4].flatMap(classOf))
