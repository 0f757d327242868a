import type { HeaderList } from "./header-list.ts"

/** Tells caches that the answer depends on these headers of the request, each once. */
export function addVary(headers: HeaderList, names: string): void {
  const before = headers.all("vary")
  const known = new Set(wordsOf(before.join(",")))
  if (known.has("*")) return
  const added = wordsOf(names).filter((name) => !known.has(name))
  if (added.length > 0) headers.set("vary", [...before, ...added].join(", "))
}

const wordsOf = (line: string): string[] =>
  line
    .toLowerCase()
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "")
