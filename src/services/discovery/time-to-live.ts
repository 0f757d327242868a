import type { Found } from "./resolver.ts"

/** How long answers hold, in milliseconds: as the first of them to expire says, within bounds; undefined when none says. */
export function within(
  answers: readonly Found[],
  { minTtl, maxTtl }: { readonly minTtl: number; readonly maxTtl: number },
): number | undefined {
  const told = answers.flatMap(({ ttl }) => (ttl === undefined ? [] : [ttl * 1000]))
  return told.length === 0 ? undefined : Math.min(Math.max(Math.min(...told), minTtl), maxTtl)
}
