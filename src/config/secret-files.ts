import { Secret } from "../core/secret.ts"

/** The files that the secrets in a config value come from. */
export function secretFiles(value: unknown): string[] {
  const found = new Set<string>()
  const seen = new Set<unknown>()
  const visit = (item: unknown): void => {
    if (typeof item !== "object" || item === null || seen.has(item)) return
    seen.add(item)
    if (!(item instanceof Secret)) for (const inner of Object.values(item)) visit(inner)
    else if (item.file !== undefined) found.add(item.file)
  }
  visit(value)
  return [...found]
}
