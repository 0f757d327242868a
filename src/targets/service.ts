import { defineTarget } from "../core/part.ts"
import { about, object, optional } from "../core/schema.ts"
import { checkService, serviceName } from "../core/service-name.ts"
import { checkFailover, failingOver, failoverOption, standIn } from "./failover.ts"
import { checkParams, pathOption } from "./names.ts"
import { pathTemplate } from "./path-template.ts"

/** Answers a route with what a service answers. */
export const service = defineTarget({
  name: "service",
  about: "The service that answers.",
  websockets: true,
  options: object({
    service: about("The service that answers.", serviceName),
    path: about(
      "The path on the service, when it differs from the client's: `:name` and `*` as in the route.",
      optional(pathOption),
    ),
    failover: about(
      "The service that is asked the same, whatever the method, when the first one failed; unless more than 64 kb of a body were sent. Its answers say so: x-bellhop-failover.",
      optional(failoverOption),
    ),
  }),
  check({ service: name, path: rewrite, failover }, known, path, report) {
    checkService(name, known, [...path, "service"], report)
    if (rewrite !== undefined) checkParams(rewrite, known, [...path, "path"], report)
    if (failover !== undefined) checkFailover(failover, name, known, [...path, "failover"], report)
  },
  uses: ({ service: name, failover }) => (failover === undefined ? [name] : [name, standIn(failover)]),
  create({ service: name, path, failover }, tools) {
    const first = tools.service(name)
    const answer = failover === undefined ? first : failingOver(first, failover, tools)
    if (path === undefined) return answer
    const fill = pathTemplate(path)
    return (exchange) => {
      exchange.rewrite(fill(exchange))
      return answer(exchange)
    }
  },
})
