import { about, either, listOf, object, type Of, optional, schema, shown } from "../core/schema.ts"
import { Secret } from "../core/secret.ts"
import { duration } from "../core/units.ts"
import { oneOf, text } from "../core/values.ts"
import { balancers } from "./balancers/index.ts"

const plain = text({ expected: 'a URL such as "http://localhost:4001"' })

const url = schema({
  expected: plain.expected,
  types: plain.types(""),
  accepts: plain.accepts,
  parse(value, path, report) {
    const found = plain.parse(value, path, report)
    const parsed = URL.parse(found)
    const wrong = !parsed
      ? "is not a URL"
      : !/^https?:$/.test(parsed.protocol)
        ? `has the scheme "${parsed.protocol}"`
        : parsed.username || parsed.password
          ? "carries a user name or password"
          : parsed.search || parsed.hash
            ? "carries a query or a fragment"
            : undefined
    if (wrong && found !== "")
      report({
        code: "E204",
        path,
        message: `Expected ${plain.expected}, but ${value instanceof Secret ? "it" : shown(found)} ${wrong}.`,
        fix: "Give the scheme (http or https), the host, the port if it is not the usual one, and a base path if there is one.",
      })
    return found
  },
})

/** Where the answers of a service come from. */
export const modes = ["real", "mock", "fallback"] as const

export type Mode = (typeof modes)[number]

/** What a service is made of. */
export const serviceOptions = object({
  url: about("Where the service is: one base URL, or several to share the work.", optional(either(url, listOf(url)))),
  mock: about(
    'Who answers: "real" only the service, "mock" only files in mocks/, "fallback" the service while it can be reached, otherwise mocks/. Default: "real" with a url, "mock" without.',
    optional(oneOf(...modes)),
  ),
  balance: about(
    `How one of several upstreams is picked. ${balancers.map((part) => `"${part.name}": ${part.about}`).join(" ")}`,
    optional(oneOf(...balancers.map((part) => part.name)), "roundRobin"),
  ),
  timeout: about("How long the service may take until its answer begins.", optional(duration())),
})

/** A service as the config gives it, checked. */
export type ServiceOptions = Of<typeof serviceOptions>

/** A service: its URL, or its options. */
export const service = either(url, serviceOptions)
