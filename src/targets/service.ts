import { defineTarget } from "../core/part.ts"
import { about, object, optional } from "../core/schema.ts"
import { checkParams, checkService, pathOption, serviceName } from "./names.ts"
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
  }),
  check({ service: name, path: rewrite }, known, path, report) {
    checkService(name, known, [...path, "service"], report)
    if (rewrite !== undefined) checkParams(rewrite, known, [...path, "path"], report)
  },
  uses: ({ service: name }) => [name],
  create({ service: name, path }, tools) {
    const answer = tools.service(name)
    if (path === undefined) return answer
    const fill = pathTemplate(path)
    return (exchange) => {
      exchange.rewrite(fill(exchange))
      return answer(exchange)
    }
  },
})
