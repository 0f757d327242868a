import type { Config } from "../config/check.ts"
import { type Choice, servicesOf } from "../config/route.ts"
import { isObject, type Path } from "../core/schema.ts"
import { Secret } from "../core/secret.ts"

/** One text for a choice of a route as it is written, with the defaults and services that it uses: another one when any of it changes. */
export function choiceName(written: unknown, choice: Choice, config: Config): string {
  const services = servicesOf(choice, config).map((name) => at(written, ["services", name]))
  const parts = [choice.path, at(written, choice.path), at(written, ["defaults"]), services]
  return new Bun.CryptoHasher("sha256").update(JSON.stringify(parts, plain)).digest("base64url").slice(0, 22)
}

function at(value: unknown, path: Path): unknown {
  let found = value
  for (const key of path) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, key)) return undefined
    found = Reflect.get(found, key)
  }
  return found
}

/** What JSON would leave out, or not tell apart. */
function plain(_: string, value: unknown): unknown {
  if (typeof value === "function") return String(value)
  if (value instanceof Secret) return { secret: value.from }
  if (typeof value === "bigint") return String(value)
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isObject(value)
    ? `${value.constructor?.name} ${String(value)}`
    : value
}
