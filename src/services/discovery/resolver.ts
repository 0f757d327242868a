import { promises, type SrvRecord } from "node:dns"
import { isIP } from "node:net"

import { shown } from "../../core/schema.ts"
import { checkedText, text } from "../../core/values.ts"

/** An address of a name, and for how many seconds that holds, where the answer says it. */
export interface Found {
  readonly address: string
  readonly ttl: number | undefined
}

/** Asks for names; without a server, as this machine does: its hosts file, its search domains, its name servers. */
export interface NameResolver {
  /** Empty when there is no such name. */
  addresses(name: string, family: 4 | 6 | undefined): Promise<readonly Found[]>
  services(name: string): Promise<readonly SrvRecord[]>
  /** Gives up what is under way. */
  cancel(): void
}

/** A resolver that asks this server, or those of the machine. */
export function nameResolver(server: string | undefined): NameResolver {
  const asked = new promises.Resolver({ timeout: 1_000, tries: 2 })
  if (server !== undefined) asked.setServers([server])
  const byServer = async (name: string, family: 4 | 6 | undefined): Promise<readonly Found[]> => {
    const both = await Promise.allSettled([
      family === 6 ? [] : orNone(asked.resolve4(name, { ttl: true })),
      family === 4 ? [] : orNone(asked.resolve6(name, { ttl: true })),
    ])
    const found = both.flatMap((one) => (one.status === "fulfilled" ? one.value : []))
    // A network in which one of the two families does not work is common, and the other one will do.
    const broken = both.find((one) => one.status === "rejected")
    if (broken && found.length === 0) throw broken.reason
    return found
  }
  const byMachine = async (name: string, family: 4 | 6 | undefined): Promise<readonly Found[]> => {
    const found = await orNone(promises.lookup(name, { all: true, family: family ?? 0 }))
    return found.map(({ address }) => ({ address, ttl: undefined }))
  }
  return {
    addresses: server === undefined ? byMachine : byServer,
    services: (name) => orNone(asked.resolveSrv(name)),
    cancel: () => asked.cancel(),
  }
}

const noSuch = new Set<unknown>(["ENOTFOUND", "ENODATA"])

async function orNone<T>(asking: Promise<T[]>): Promise<T[]> {
  try {
    return await asking
  } catch (error) {
    if (error instanceof Error && "code" in error && noSuch.has(error.code)) return []
    throw error
  }
}

const expected = 'the address of a name server such as "10.0.0.53" or "127.0.0.1:8600"'

/** Where a name server is. */
export const nameServer = checkedText(expected, (found, isSecret) => {
  const [, bracketed, bare, port] = /^(?:\[([^\]]+)\]|([\d.]+))(?::(\d{1,5}))?$/.exec(found) ?? []
  const hasPort = isIP(bracketed ?? bare ?? "") !== 0 && Number(port ?? 53) < 65536 && port !== "0"
  if (isIP(found) !== 0 || hasPort) return undefined
  return {
    message: `Expected ${expected}, got ${isSecret ? "another value" : shown(found)}.`,
    fix: "Give an IP address, and its port behind a colon if it is not 53.",
  }
})

/** A name that can be asked for. */
export const dnsName = (example: string) =>
  text({ expected: `a name such as "${example}"`, pattern: /^(?=.{1,254}$)(?:\w[\w-]{0,62}\.)*\w[\w-]{0,62}\.?$/ })
