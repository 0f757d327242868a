import { GatewayError } from "../../core/errors.ts"
import type { Exchange } from "../../core/exchange.ts"
import { pick } from "./keep.ts"
import { taken } from "./query.ts"

// Enough for any client, and little enough that nobody is kept busy by it.
const mostFields = 100
const deepest = 10
const longest = 4000

/** Takes the client's choice of fields out of the query; undefined where it made none. */
export function chosenFields(exchange: Exchange, parameter: string): ((value: unknown) => unknown) | undefined {
  const { values, left } = taken(exchange.search, parameter)
  if (values.length === 0) return undefined
  exchange.search = left
  const refuse = (why: string): GatewayError =>
    new GatewayError(
      "bad_request",
      `Cannot understand "${parameter}" in the query: ${why}. Send names such as "id,owner.name".`,
    )
  const text = values.join(",")
  if (text.length > longest) throw refuse(`it is longer than ${longest} characters`)
  const paths = text.split(",").map((path) => path.trim().split("."))
  if (paths.length > mostFields) throw refuse(`it has more than ${mostFields} fields`)
  for (const path of paths) {
    if (path.length > deepest) throw refuse(`a field is deeper than ${deepest}`)
    if (path.includes("")) throw refuse("a name is missing")
  }
  return pick(paths)
}
