import type { SrvRecord } from "node:dns"

import { about, object, optional } from "../../core/schema.ts"
import { duration } from "../../core/units.ts"
import { oneOf } from "../../core/values.ts"
import { hostOf, urlOf } from "../address.ts"
import { defineSource } from "../source.ts"
import type { UpstreamOptions } from "../upstream.ts"
import { repeat } from "./repeat.ts"
import { dnsName, type NameResolver, nameResolver, nameServer } from "./resolver.ts"
import { within } from "./time-to-live.ts"

/** Finds the upstreams that the SRV records of a name list. */
export const srv = defineSource({
  name: "srv",
  about: "The SRV records of a name list hosts, ports, weights and priorities: the lowest number that is up is asked.",
  subject: "name",
  options: object({
    name: about("The name to ask for.", dnsName("_http._tcp.user.internal")),
    scheme: about("How the upstreams are spoken to.", optional(oneOf("http", "https"), "http")),
    server: about("The name server to ask. Default: those of this machine.", optional(nameServer)),
    family: about("Only addresses of this kind. Default: both.", optional(oneOf("ipv4", "ipv6"))),
    minTtl: about("How long the addresses of a host hold at least, even if they say less.", optional(duration(), "5s")),
    maxTtl: about("How long the addresses of a host hold at most, even if they say more.", optional(duration(), "5m")),
    interval: about("How long the records hold at most.", optional(duration(), "30s")),
  }),
  create: (options) => ({
    start(found, failed) {
      const { scheme, server, interval, family } = options
      let resolver: NameResolver | undefined
      const end = repeat(async (signal) => {
        // A new one each time: it keeps answers for itself, for longer than `interval` may allow.
        const asked = nameResolver(server)
        resolver = asked
        // A lone dot says that there is no such service (RFC 2782).
        const records = (await asked.services(options.name)).filter(({ name }) => name !== "" && name !== ".")
        const answers = await Promise.all(
          records.map(({ name }) => asked.addresses(name, family && (family === "ipv4" ? 4 : 6))),
        )
        if (signal.aborted) return 0
        const weights = weightsOf(records)
        const list = records.flatMap(({ name, port, priority }, index): UpstreamOptions[] => {
          const host = hostOf(scheme, name, port)
          const weight = weights[index]
          return (answers[index] ?? []).map(({ address }) => ({
            url: urlOf(scheme, address, port),
            host,
            weight,
            priority,
          }))
        })
        found(list)
        return Math.min(within(answers.flat(), options) ?? interval, interval)
      }, failed)
      return () => {
        end()
        resolver?.cancel()
      }
    },
  }),
})

/** Weights of 0 to 65535 as ours, which end at 1000; when nobody has any, all have the same. */
function weightsOf(records: readonly SrvRecord[]): readonly number[] {
  const most = Math.max(...records.map(({ weight }) => weight))
  if (most <= 0) return records.map(() => 1)
  const scale = Math.min(1, 1000 / most)
  return records.map(({ weight }) => (weight === 0 ? 0 : Math.max(1, Math.round(weight * scale))))
}
