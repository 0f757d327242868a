import { Secret } from "../core/secret.ts"

/** The secrets in a config value, each once. */
export function secretsIn(value: unknown): Secret[] {
  const found: Secret[] = []
  const seen = new Set<unknown>()
  const visit = (item: unknown): void => {
    if (typeof item !== "object" || item === null || seen.has(item)) return
    seen.add(item)
    if (item instanceof Secret) found.push(item)
    else for (const inner of Object.values(item)) visit(inner)
  }
  visit(value)
  return found
}

/** The files that the secrets in a config value come from. */
export const secretFiles = (value: unknown): string[] => [
  ...new Set(secretsIn(value).flatMap(({ file }) => file ?? [])),
]
