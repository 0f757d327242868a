import type { Known } from "../../core/part.ts"
import { list, type Path, type Report } from "../../core/schema.ts"
import { nearest } from "../../core/suggest.ts"
import { isReserved } from "./headers.ts"

/** Reports routes that the config does not have, those that are batches themselves, and those that are there twice. */
export function checkRoutes(routes: readonly string[], known: Known, path: Path, report: Report): void {
  for (const [index, key] of routes.entries()) {
    const targets = known.routes.get(key)
    const at = [...path, index]
    if (routes.indexOf(key) < index)
      report({ code: "E204", path: at, message: `"${key}" is there twice.`, fix: "Keep the first." })
    else if (targets?.has("batch"))
      report({
        code: "E309",
        path: at,
        message: `"${key}" is a batch itself, and batches do not ask batches.`,
        fix: "Take it out.",
      })
    else if (!targets) {
      const others = [...known.routes].filter(([, its]) => !its.has("batch")).map(([other]) => other)
      const meant = nearest(key, others)
      report({
        code: "E309",
        path: at,
        message: `Unknown route "${key}".${meant ? ` Did you mean "${meant}"?` : ""}`,
        fix:
          others.length > 0
            ? `Write the key of a route as it stands in the config: ${list(
                others.slice(0, 12).map((other) => `"${other}"`),
              )}.`
            : "Add it to routes.",
      })
    }
  }
}

/** Reports headers that the gateway says by itself in each request, or that are about the body of the batch. */
export function checkInherited(names: readonly string[], path: Path, report: Report): void {
  for (const [index, name] of names.entries())
    if (isReserved(name.toLowerCase()) || name.toLowerCase().startsWith("content-"))
      report({
        code: "E204",
        path: [...path, index],
        message: `"${name}" cannot be inherited: it is about the batch, and not about the requests in it.`,
        fix: "Remove it.",
      })
}
