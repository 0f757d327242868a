import { BlockList, isIP } from "node:net"

import { listOf, schema, shown } from "../../core/schema.ts"
import { withoutBrackets } from "../address.ts"
import type { UpstreamOptions } from "../upstream.ts"

/** What may come out of a source: entries that are sound, and words about those that are not. */
export interface Accepted {
  readonly entries: readonly UpstreamOptions[]
  readonly refused: readonly string[]
}

/** More than these are a mistake, or an attack. */
export const most = 1_000

/** The entries of a source that may be asked, each once. */
export function accept(list: readonly UpstreamOptions[], allow: readonly string[] | undefined): Accepted {
  const allowed = allow && blocksOf(allow)
  const entries = new Map<string, UpstreamOptions>()
  const refused: string[] = []
  for (const [index, entry] of list.entries()) {
    const url = URL.parse(entry.url)
    const why = url ? refusal(url, entry, allowed) : "is not a URL"
    // What it says is not quoted: it may carry a password.
    if (why !== undefined || !url) refused.push(`entry ${index + 1} ${why}`)
    else entries.set(`${url.href} ${entry.host ?? ""}`, { ...entry, url: url.href.replace(/\/$/, "") })
  }
  return { entries: [...entries.values()], refused }
}

// Cloud machines hand out their credentials there.
const linkLocal = blocksOf(["169.254.0.0/16", "fe80::/10"])

function refusal(url: URL, { host }: UpstreamOptions, allowed: BlockList | undefined): string | undefined {
  const { protocol, username, password, search, hash } = url
  if (protocol !== "http:" && protocol !== "https:") return "is neither http nor https"
  if (username !== "" || password !== "") return "carries a user name or password"
  if (search !== "" || hash !== "") return "carries a query or a fragment"
  if (host !== undefined && !/^[\w.-]+(:\d+)?$/.test(host)) return "has a name that cannot be sent"
  const address = withoutBrackets(url.hostname)
  if (allowed) return contains(allowed, address) ? undefined : 'is not in what "allow" names'
  return contains(linkLocal, address) ? "is a link-local address" : undefined
}

function contains(blocks: BlockList, address: string): boolean {
  const kind = isIP(address)
  return kind !== 0 && blocks.check(address, kind === 4 ? "ipv4" : "ipv6")
}

function blocksOf(ranges: readonly string[]): BlockList {
  const made = new BlockList()
  for (const range of ranges) {
    const [address = "", length] = range.split("/")
    const kind = isIP(address)
    const whole = kind === 4 ? 32 : 128
    made.addSubnet(address, length === undefined ? whole : Number(length), kind === 4 ? "ipv4" : "ipv6")
  }
  return made
}

const expected = 'a range of addresses such as "10.0.0.0/8"'

const range = schema<string>({
  expected,
  types: "string",
  accepts: (value) => typeof value === "string",
  parse(value, path, report) {
    const [, address = "", length] = /^([0-9A-Fa-f.:]+)(?:\/(\d{1,3}))?$/.exec(value as string) ?? []
    const kind = isIP(address)
    if (kind === 0 || Number(length ?? 0) > (kind === 4 ? 32 : 128))
      report({ code: "E204", path, message: `Expected ${expected}, got ${shown(value)}.` })
    return value as string
  },
})

/** Ranges of addresses. */
export const ranges = listOf(range)
