import { type Schema, schema, shown } from "../../core/schema.ts"

/** One call of an aggregate, taken apart. */
export interface Call {
  readonly service: string
  readonly method: string
  readonly path: string
  readonly search: string
}

const shape = /^(\S+) (GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (\/[^\s?#]*)(\?[^\s#]*)?$/

/** A call as a config writes it: `"cart GET /carts/:id"`. */
export const callOption: Schema<Call> = schema<Call>({
  expected: 'a call such as "cart GET /cart"',
  types: "Call<S>",
  accepts: (value) => typeof value === "string",
  parse(value, path, report) {
    const [, service = "", method = "", callPath = "/", search = ""] = shape.exec(value as string) ?? []
    if (service === "")
      report({
        code: "E204",
        path,
        message: `Expected a call such as "cart GET /cart", got ${shown(value)}.`,
        fix: "Write the service, the method in capitals and the path, with one space between.",
      })
    return { service, method, path: callPath, search }
  },
})

const safe: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"])

/** Asking changes nothing (RFC 9110 section 9.2.1). */
export const isSafe = (method: string): boolean => safe.has(method)

/** Asking twice is the same as asking once (RFC 9110 section 9.2.2). */
export const isIdempotent = (method: string): boolean => safe.has(method) || method === "PUT" || method === "DELETE"

const methods: ReadonlySet<unknown> = new Set([...safe, "POST", "PUT", "PATCH", "DELETE"])

/** Whether a part may be called with this method. */
export const isMethod = (value: unknown): value is string => methods.has(value)
