import { about, either, listOf, object, optional, type Schema } from "../../core/schema.ts"
import { standardLimits } from "../../core/tunnel.ts"
import { duration, size } from "../../core/units.ts"
import { flag, off, text } from "../../core/values.ts"

const plain = text({
  expected: 'an origin such as "https://app.example"',
  pattern: /^(?:null|[a-z][a-z0-9+.-]*:\/\/[^/?#@\s]+)$/i,
  fix: "Give scheme, host and port as browsers send them: no path, and no port where it is the usual one.",
})

const origin: Schema<string> = {
  ...plain,
  parse: (value, path, report) => plain.parse(value, path, report)?.toLowerCase(),
}

/** What a service allows on WebSockets; false: it takes none. */
export const websocketOptions = either(
  off(),
  object({
    maxMessage: about("Larger messages, either way, close the WebSocket with 1009.", optional(size(), "1mb")),
    idleTimeout: about(
      "How long both sides may be silent, pings included, before the WebSocket is closed with 1001. Without it for ever: clients that are gone are found by pings of the gateway's own.",
      optional(duration()),
    ),
    compress: about(
      "Whether messages of a kilobyte and more are compressed for clients that offered it. Clients may compress theirs either way.",
      optional(flag(), standardLimits.compress),
    ),
    origins: about(
      "The origins whose pages may open WebSockets. Browsers say where a page is from; clients that do not are let in.",
      optional(listOf(origin)),
    ),
  }),
)
