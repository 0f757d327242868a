import { about, object, type Of, optional, record, type Schema, schema, shown } from "../core/schema.ts"
import { duration } from "../core/units.ts"
import { headerValue, integer, oneOf, text } from "../core/values.ts"

/** Statuses from the first to the last. */
export type StatusRange = readonly [first: number, last: number]

const expected = 'a status, a range such as "200-299", or a list of these'

const range = (value: unknown): StatusRange | undefined => {
  const [, first, last = first] = /^([2-5]\d\d)(?:-([2-5]\d\d))?$/.exec(String(value)) ?? []
  return first !== undefined && Number(first) <= Number(last) ? [Number(first), Number(last)] : undefined
}

const isOne = (value: unknown): boolean => typeof value === "number" || typeof value === "string"

const statuses: Schema<readonly StatusRange[]> = schema({
  expected,
  types: "number | `${number}-${number}` | readonly (number | `${number}-${number}`)[]",
  accepts: (value) => isOne(value) || Array.isArray(value),
  parse(value, path, report) {
    if (Array.isArray(value) && value.length === 0)
      report({ code: "E205", path, message: "Empty list.", fix: "Give at least one status or remove the option." })
    return [value].flat().flatMap((item: unknown, index) => {
      const found = isOne(item) ? range(item) : undefined
      if (found) return [found]
      report({
        code: "E204",
        path: Array.isArray(value) ? [...path, index] : path,
        message: `Expected ${expected}, got ${shown(item)}.`,
        fix: "Use statuses from 200 to 599, the lower one first.",
      })
      return []
    })
  },
})

// These say where the message ends, which is not for a config to say.
const name = text({
  expected: "the name of a header that does not frame the message",
  pattern:
    /^(?!(?:connection|content-length|expect|keep-alive|te|trailer|transfer-encoding|upgrade)$)[\w!#$%&'*+.^`|~-]+$/i,
})

/** How the upstreams of a service are checked. */
export const healthOptions = object({
  path: about(
    "What is asked for, behind the base path of the upstream.",
    text({ expected: 'a path such as "/healthz"', pattern: /^\/[\x21-\x22\x24-\x7e]*$/ }),
  ),
  interval: about("How often.", optional(duration(), "10s")),
  timeout: about("How long the whole answer may take.", optional(duration(), "2s")),
  method: about("The method.", optional(oneOf("GET", "HEAD", "OPTIONS"), "GET")),
  status: about(
    "The statuses of an upstream that is well.",
    optional(statuses, "200-399") as Schema<readonly StatusRange[]>,
  ),
  headers: about(
    "Headers to send; `host` takes the place of the upstream's own.",
    optional(record(headerValue(), name)),
  ),
  unhealthy: about("After how many failures in a row an upstream is down.", optional(integer(1, 100), 3)),
  healthy: about("After how many successes in a row it is up again.", optional(integer(1, 100), 2)),
  jitter: about(
    "By how many percent the interval varies, so that several gateways do not ask at once.",
    optional(integer(0, 100), 10),
  ),
  first: about(
    'What an upstream counts as before its first check: "up", or "check" to leave it alone until the check went well.',
    optional(oneOf("up", "check"), "up"),
  ),
})

/** How the upstreams of a service are checked, as the config says it. */
export type HealthOptions = Of<typeof healthOptions>
