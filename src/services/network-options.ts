import { about, object, type Of, optional, type Schema } from "../core/schema.ts"
import { duration } from "../core/units.ts"
import { flag, integer, oneOf, text } from "../core/values.ts"

/** How the upstreams of a service are spoken to over TLS. */
export const tlsOptions = object({
  ca: about(
    'The authority that signed their certificates, PEM, such as file("ca.pem"). Default: those that this system trusts.',
    optional(text()),
  ),
  cert: about('The certificate that the gateway shows, PEM, such as file("client.pem").', optional(text())),
  key: about("The private key of that certificate, PEM.", optional(text())),
  serverName: about("The name that their certificates must be for. Default: the host of the URL.", optional(text())),
  insecure: about("Take any certificate: for services on your own machine only.", optional(flag(), false)),
})

/** What an upstream can speak. */
export type Protocol = "http1" | "http2"

/** What the upstreams of a service speak. */
export const protocolOption = about(
  'What its upstreams speak. "http2" shares connections: each carries up to 100 requests at once. Over TLS both sides agree on it, over http:// and unix: it is taken for granted. WebSockets go over HTTP/1.1 in any case.',
  optional(oneOf("http1", "http2"), "http1") as Schema<Protocol>,
)

/** How many connections each upstream gets, and for how long. */
export const connectionOptions = object({
  max: about("Connections at once to each upstream.", optional(integer(1), 1024)),
  waiting: about("Requests that may wait for a connection; more are refused with 503.", optional(integer(0), 1024)),
  idle: about("Unused connections that are kept for the next request.", optional(integer(0), 512)),
  idleTimeout: about(
    "How long an unused connection is kept: shorter than the service keeps it.",
    optional(duration(), "4s"),
  ),
  connectTimeout: about("How long connecting may take.", optional(duration(), "5s")),
})

/** What a service says about its connections. */
export interface Network {
  readonly protocol?: Protocol | undefined
  readonly tls?: Of<typeof tlsOptions> | undefined
  readonly connections?: Of<typeof connectionOptions> | undefined
}

const standard = connectionOptions.parse({}, [], () => undefined)

/** The options of a pool, out of what a service says or leaves out. */
export function poolOptions({ connections = standard }: Network) {
  const { max, waiting, idle, idleTimeout, connectTimeout } = connections
  return { maxConnections: max, maxWaiting: waiting, maxIdle: idle, idleTimeout, connectTimeout }
}

/** Tells apart connections that may not be shared; nothing where a service says nothing. */
export const networkKey = ({ tls, connections, protocol = "http1" }: Network): string =>
  tls || connections || protocol !== "http1"
    ? ` ${Bun.hash(JSON.stringify([tls, connections, protocol])).toString(36)}`
    : ""
