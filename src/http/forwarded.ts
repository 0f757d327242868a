import { canonicalAddress } from "./ip-address.ts"

/** What one proxy says of the request that it passed on; a client without an address is undefined. */
export interface Hop {
  readonly client: string | undefined
  readonly scheme: string | undefined
  readonly host: string | undefined
}

const bracketed = /^\[([^\]]*:[^\]]*)\](?::\d{1,5})?$/
const dotted = /^([\d.]+)(?::\d{1,5})?$/

/** The address of a node as proxies write it, with or without a port; undefined where it says none. */
export const nodeAddress = (node: string): string | undefined =>
  canonicalAddress((node.startsWith("[") ? bracketed : dotted).exec(node)?.[1] ?? node)

// RFC 7239 section 4, and the colons and brackets that proxies write without the quotes they should be in.
const pair = /[ \t]*([!#$%&'*+.^_`|~\w-]+)=(?:"((?:[^"\\]|\\.)*)"|([!#$%&'*+.^_`|~\w:[\]/-]+))/y
const end = /[ \t]*(?:([;,])|$)/y

/** The hops that a `Forwarded` header tells of, the client's first; undefined where it is not well formed. */
export function forwardedHops(header: string): Hop[] | undefined {
  const hops: Hop[] = []
  let said = new Map<string, string>()
  let at = 0
  for (;;) {
    pair.lastIndex = at
    const found = pair.exec(header)
    if (found) {
      const name = (found[1] as string).toLowerCase()
      if (said.has(name)) return undefined
      said.set(name, found[2]?.replace(/\\(.)/g, "$1") ?? (found[3] as string))
      at = pair.lastIndex
    }
    end.lastIndex = at
    const mark = end.exec(header)
    if (!mark) return undefined
    at = end.lastIndex
    if (mark[1] === ";") continue
    // Empty entries of a list count for nothing (RFC 9110 section 5.6.1).
    if (said.size > 0)
      hops.push({ client: nodeAddress(said.get("for") ?? ""), scheme: said.get("proto"), host: said.get("host") })
    if (mark[1] === undefined) return hops
    said = new Map()
  }
}

/** The same of what the `X-Forwarded-` headers tell: a list of addresses, and beside it schemes and hosts. */
export function xForwardedHops(clients: string, schemes: string, hosts: string): Hop[] {
  const list = wordsOf(clients)
  const scheme = beside(list, wordsOf(schemes))
  const host = beside(list, wordsOf(hosts))
  return list.map((client, at) => ({ client: nodeAddress(client), scheme: scheme(at), host: host(at) }))
}

const wordsOf = (header: string): string[] =>
  header
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "")

/** Proxies either add to both lists, or put one value in the place of what there was: the last is then their own. */
const beside = (list: readonly string[], values: readonly string[]): ((at: number) => string | undefined) =>
  values.length === list.length ? (at) => values[at] : () => values.at(-1)
