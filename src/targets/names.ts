import type { Known } from "../core/part.ts"
import { list, type Path, printed, type Report, type Schema } from "../core/schema.ts"
import { nearest } from "../core/suggest.ts"
import { text } from "../core/values.ts"
import { namesIn } from "./path-template.ts"

/** The name of a service of this config; the compiler knows which there are. */
export const serviceName: Schema<string> = printed("S", text({ expected: "the name of a service" }))

/** A path on a service. */
export const pathOption: Schema<string> = printed(
  "`/${string}`",
  text({ expected: 'a path such as "/users/:id"', pattern: /^\/[^\s?#]*$/ }),
)

/** Reports the name of a service that the config does not have. */
export function checkService(name: string, known: Known, path: Path, report: Report): void {
  if (known.services.has(name)) return
  const meant = nearest(name, known.services)
  report({
    code: "E301",
    path,
    message: `Unknown service "${name}".${meant ? ` Did you mean "${meant}"?` : ""}`,
    fix: known.services.size > 0 ? `Services: ${list([...known.services], "and")}.` : "Add it to services.",
  })
}

/** Reports names in a path that the route has no parameters for. */
export function checkParams(template: string, known: Known, path: Path, report: Report): void {
  for (const name of namesIn(template)) {
    if (known.params.has(name)) continue
    const written = name === "*" ? "*" : `:${name}`
    const has = [...known.params].map((param) => (param === "*" ? "*" : `:${param}`))
    report({
      code: "E307",
      path,
      message: `"${written}" in "${template}" is not a parameter of the route.`,
      fix: has.length > 0 ? `The route has ${list(has, "and")}.` : `Add ${written} to the path of the route.`,
    })
  }
}
