/** A request that somebody wants explained. */
export interface Subject {
  readonly method: string
  readonly host: string
  readonly rawPath: string
  readonly search: string
}

/** Reads "POST /checkout", "/cart?x=1", "api.example.com/cart" or a whole URL; undefined when it is none of these. */
export function parseSubject(text: string): Subject | undefined {
  const [, method = "GET", host = "localhost", rawPath = "", search = ""] =
    /^(?:([A-Za-z]+)\s+)?(?:https?:\/\/)?([^\s/?#]+)?(\/[^\s?#]*)(\?[^\s#]*)?(?:#\S*)?$/.exec(text) ?? []
  if (rawPath === "") return undefined
  // What a person types is sent escaped, as every client does; dot segments and backslashes are resolved on the way in.
  const sent = rawPath.replace(/[^!-~]+/g, encodeURIComponent)
  return { method: method.toUpperCase(), host, rawPath: new URL(`http://host${sent}`).pathname, search }
}
