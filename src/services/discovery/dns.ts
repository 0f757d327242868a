import { about, object, optional } from "../../core/schema.ts"
import { duration } from "../../core/units.ts"
import { integer, oneOf } from "../../core/values.ts"
import { hostOf, urlOf } from "../address.ts"
import { defineSource } from "../source.ts"
import type { UpstreamOptions } from "../upstream.ts"
import { repeat } from "./repeat.ts"
import { dnsName, type NameResolver, nameResolver, nameServer } from "./resolver.ts"
import { within } from "./time-to-live.ts"

/** Finds an upstream behind each address of a name. */
export const dns = defineSource({
  name: "dns",
  about: "Each address of a name is an upstream; it is asked for again when the answer expires.",
  subject: "name",
  options: object({
    name: about(
      "The name to ask for; it stays in the Host header, and the certificate has to be for it.",
      dnsName("user.internal"),
    ),
    port: about("The port on each address. Default: the usual one of the scheme.", optional(integer(1, 65535))),
    scheme: about("How the upstreams are spoken to.", optional(oneOf("http", "https"), "http")),
    server: about(
      "The name server to ask. Default: as this machine does, with its hosts file and search domains.",
      optional(nameServer),
    ),
    family: about("Only addresses of this kind. Default: both.", optional(oneOf("ipv4", "ipv6"))),
    minTtl: about("How long an answer holds at least, even if it says less.", optional(duration(), "5s")),
    maxTtl: about("How long an answer holds at most, even if it says more.", optional(duration(), "5m")),
    interval: about(
      "How long an answer holds that does not say it: an empty one, and any without `server`.",
      optional(duration(), "30s"),
    ),
  }),
  create: (options) => ({
    start(found, failed) {
      const { scheme, server, interval, family } = options
      const name = options.name.replace(/\.$/, "")
      const port = options.port ?? (scheme === "https" ? 443 : 80)
      let resolver: NameResolver | undefined
      const end = repeat(async (signal) => {
        // A new one each time: it keeps answers for itself, for longer than `maxTtl` may allow.
        const asked = nameResolver(server)
        resolver = asked
        const answers = await asked.addresses(options.name, family && (family === "ipv4" ? 4 : 6))
        if (signal.aborted) return 0
        const host = hostOf(scheme, name, port)
        found(answers.map(({ address }): UpstreamOptions => ({ url: urlOf(scheme, address, port), host })))
        return within(answers, options) ?? interval
      }, failed)
      return () => {
        end()
        resolver?.cancel()
      }
    },
  }),
})
