import { canonicalPath } from "../../http/canonical-path.ts"

/** A request that somebody wants explained. */
export interface Subject {
  readonly method: string
  readonly host: string
  readonly rawPath: string
  /** What routes are matched with; undefined when a gateway refuses to read the path at all. */
  readonly path: string | undefined
  readonly search: string
}

/** Reads "POST /checkout", "/cart?x=1", "api.example.com/cart" or a whole URL; undefined when it is none of these. */
export function parseSubject(text: string): Subject | undefined {
  const [, method = "GET", host = "localhost", rawPath = "", search = ""] =
    /^(?:([A-Za-z]+)\s+)?(?:https?:\/\/)?([^\s/?#]+)?(\/[^\s?#]*)(\?[^\s#]*)?(?:#\S*)?$/.exec(text) ?? []
  if (rawPath === "") return undefined
  // What a person types is sent escaped, as every client does.
  const sent = rawPath.replace(/[^!-~]+/g, encodeURIComponent)
  return { method: method.toUpperCase(), host, rawPath: sent, path: canonicalPath(sent), search }
}
