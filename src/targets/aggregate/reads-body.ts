import { namesBody } from "./needs.ts"
import type { Part } from "./part-options.ts"
import type { Names } from "./source.ts"

/** Whether a function of the config looks at the request, which may be for its body. */
const looks = (given: unknown, at: number): boolean => typeof given === "function" && given.length > at

/** Whether the client's body has to be there before a part is called. */
export function partReadsBody(part: Part, names: Names): boolean {
  const { call, body, request, when, forEach, map, fallback, response, compensate, aggregate } = part
  if (call && !body && call.method !== "GET" && call.method !== "HEAD") return true
  if ([body, request, when, forEach?.items, response, compensate?.body].some((given) => looks(given, 1))) return true
  if (looks(map, 2) || looks(fallback, 2) || namesBody(part, names)) return true
  if (!aggregate) return false
  const inner = { parts: new Map([...aggregate.keys()].map((name, index) => [name, index])), outer: names }
  return [...aggregate.values()].some((one) => partReadsBody(one, inner))
}
