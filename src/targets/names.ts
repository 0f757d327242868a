import type { Known } from "../core/part.ts"
import { list, type Path, printed, type Report, type Schema } from "../core/schema.ts"
import { text } from "../core/values.ts"
import { namesIn } from "./path-template.ts"

/** A path on a service. */
export const pathOption: Schema<string> = printed(
  "`/${string}`",
  text({ expected: 'a path such as "/users/:id"', pattern: /^\/[^\s?#]*$/ }),
)

/** Reports names in a path that the route has no parameters for. */
export function checkParams(template: string, known: Known, path: Path, report: Report): void {
  // Letters that no path may hold tell that this is a pattern, and not text behind a parameter.
  const [patterned, named] = /(:[A-Za-z_]\w*)\([^/()]*[\\[{|^][^/]*/.exec(template) ?? []
  if (patterned !== undefined) {
    report({
      code: "E204",
      path,
      message: `"${patterned}" has a pattern, which only the path of a route may have.`,
      fix: `Write "${named}".`,
    })
    return
  }
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
