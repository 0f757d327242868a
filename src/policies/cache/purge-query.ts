/** Which answers are to be dropped: those of a URL, of the paths that fit a pattern, with a tag, or all. */
export type Purge =
  | { readonly by: "url"; readonly value: string }
  | { readonly by: "path"; readonly value: string }
  | { readonly by: "tag"; readonly value: string }
  | { readonly by: "all" }

/** A purge that says nothing that could be dropped. */
export class WrongPurge extends Error {}

/** Reads what is to be dropped: exactly one of these. */
export function readPurge(given: Readonly<Record<"url" | "path" | "tag" | "all", string | undefined>>): Purge {
  const said = (["url", "path", "tag", "all"] as const).filter((name) => given[name] !== undefined)
  const [by] = said
  if (by === undefined || said.length > 1) throw new WrongPurge("Say what to drop: one of url, path, tag and all.")
  const value = given[by] ?? ""
  if (by === "all") return { by }
  if (value === "") throw new WrongPurge(`Say which ${by}.`)
  if (by === "url" && !/^https?:\/\/[^/]+\//.test(value))
    throw new WrongPurge(`"${value}" is no URL: write it like "https://shop.example/cart?page=2".`)
  if (by === "path" && !value.startsWith("/"))
    throw new WrongPurge(`"${value}" is no path: write it like "/cart", or "/users/*" for all below.`)
  return { by, value }
}

/** Fits the URIs of a path, on all hosts and with any query unless it says which; `*` is anything. */
export function pattern(path: string): RegExp {
  const text = path.split("*").map(RegExp.escape).join(".*")
  // Answers to POST stand behind the URL, by their bodies.
  return new RegExp(`^https?://[^/]+${text}${path.includes("?") ? "" : "(?:\\?.*)?"}(?:\\n.*)?$`)
}
