import type { Report } from "../core/schema.ts"
import { nearest } from "../core/suggest.ts"
import type { Settings } from "./schema.ts"

/** Finds routes that the access log is to leave out, and that the config does not have. */
export function checkObserved({ observe }: Settings, routes: Iterable<string>, report: Report): void {
  const log = observe?.log
  if (!log) return
  const keys = [...routes]
  for (const [index, key] of (log.except ?? []).entries()) {
    if (keys.includes(key)) continue
    const meant = nearest(key, keys)
    report({
      code: "E207",
      path: ["observe", "log", "except", index],
      message: `Unknown route "${key}".${meant ? ` Did you mean "${meant}"?` : ""}`,
      fix: meant ? `Write "${meant}".` : "Write the key of a route as it stands in the config.",
    })
  }
}
