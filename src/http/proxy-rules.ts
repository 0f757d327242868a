import { forwardedHops, type Hop, xForwardedHops } from "./forwarded.ts"
import type { HeaderList } from "./header-list.ts"
import type { NetworkSet } from "./networks.ts"

/** Which proxies are believed, and what. */
export interface ProxyRules {
  readonly trust: NetworkSet
  readonly hops: number | undefined
  readonly header: "x-forwarded-for" | "forwarded"
  readonly scheme: boolean
  readonly host: boolean
}

/** Where a request comes from, as far as proxies that are believed tell. */
export interface Origin {
  readonly client: string
  /** The proxies between, as a list of addresses goes on: ", 10.0.0.1, 10.0.0.2". */
  readonly proxies: string
  readonly scheme: "http" | "https" | undefined
  readonly host: string | undefined
}

// What a proxy that is believed cannot name is nobody: no list of addresses lets it in.
const unknown = "unknown"

/** What the headers say of a request that came from this address; undefined where it is not one to be believed. */
export function originOf(headers: HeaderList, peer: string, rules: ProxyRules): Origin | undefined {
  const { trust, header } = rules
  if (trust.has(peer) !== true) return undefined
  const all = (name: string): string => headers.all(name).join(", ")
  const hops: readonly Hop[] =
    header === "forwarded"
      ? (forwardedHops(all(header)) ?? [{ client: undefined, scheme: undefined, host: undefined }])
      : xForwardedHops(all(header), all("x-forwarded-proto"), all("x-forwarded-host"))
  let client = peer
  let proxies = ""
  let at = hops.length
  // From the nearest on: what stands before the first that is not believed, anybody may have written.
  for (let left = rules.hops ?? hops.length; left > 0 && at > 0 && trust.has(client) === true; left--) {
    proxies = `, ${client}${proxies}`
    client = hops[--at]?.client ?? unknown
  }
  const told = hops[at]
  return {
    client,
    proxies,
    scheme: rules.scheme ? schemeOf(told?.scheme) : undefined,
    host: rules.host ? told?.host : undefined,
  }
}

function schemeOf(text: string | undefined): "http" | "https" | undefined {
  const scheme = text?.toLowerCase()
  if (scheme === "https" || scheme === "wss") return "https"
  return scheme === "http" || scheme === "ws" ? "http" : undefined
}
