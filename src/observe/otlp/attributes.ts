import type { Ended } from "../../core/observer.ts"
import type { Redact } from "../redact.ts"

/** What is said of something, as the transformer takes it. */
export type Attributes = Record<string, string | number | boolean>

const methods: ReadonlySet<string> = new Set(
  "GET HEAD POST PUT PATCH DELETE OPTIONS QUERY PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK REPORT SEARCH".split(
    " ",
  ),
)

const pathOf = (route: string): string => route.slice(route.indexOf(" ") + 1)

/** The name of an exchange: receivers group by it, and anybody could make up a million of methods and paths. */
export function nameOf({ exchange: { method, route } }: Ended): string {
  const word = methods.has(method) ? method : "HTTP"
  return route === "" ? word : `${word} ${pathOf(route)}`
}

/** The word for how the gateway, or what it asked, failed; undefined where only the client was told no. */
export function failureOf({ status, outcome, code }: Ended): string | undefined {
  if (status >= 500) return code ?? String(status)
  return outcome === "cut" ? (code ?? "cut") : undefined
}

/** What is said of an exchange, in the words that OpenTelemetry has for it; what is secret is hidden. */
export function attributesOf({ exchange, status, received, sent }: Ended, redact: Redact): Attributes {
  const { method, route, scheme, host, client, id } = exchange
  const known = methods.has(method)
  const colon = /:\d+$/.exec(host)
  const agent = exchange.headers.get("user-agent")
  return {
    "http.request.method": known ? method : "_OTHER",
    ...(known ? {} : { "http.request.method_original": method.slice(0, 32) }),
    "url.scheme": scheme,
    "url.path": redact.text(exchange.sentPath),
    ...(exchange.sentSearch === "" ? {} : { "url.query": redact.query(exchange.sentSearch).slice(1) }),
    "server.address": colon ? host.slice(0, colon.index) : host,
    ...(colon ? { "server.port": Number(colon[0].slice(1)) } : {}),
    "client.address": client,
    ...(agent === undefined ? {} : { "user_agent.original": redact.header("user-agent", agent) }),
    ...(route === "" ? {} : { "http.route": pathOf(route) }),
    "http.response.status_code": status,
    "http.request.body.size": received,
    "http.response.body.size": sent,
    "bellhop.exchange": id,
  }
}
