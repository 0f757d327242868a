import type { Known } from "./part.ts"
import { list, type Path, printed, type Report, type Schema } from "./schema.ts"
import { nearest } from "./suggest.ts"
import { text } from "./values.ts"

/** The name of a service of this config; the compiler knows which there are. */
export const serviceName: Schema<string> = printed("S", text({ expected: "the name of a service" }))

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
