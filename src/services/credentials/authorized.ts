import { GatewayError } from "../../core/errors.ts"
import type { Exchange } from "../../core/exchange.ts"
import type { Handler } from "../../core/handler.ts"
import type { Tools } from "../../core/part.ts"
import type { Reply } from "../../core/reply.ts"
import { AccessToken } from "./access-token.ts"
import type { ClientCredentials } from "./options.ts"

const name = "authorization"

/** Shows a service an access token of the gateway's own, in the place of what the client sent. */
export function authorized(
  service: string,
  options: ClientCredentials,
  { keep, whenServed, log }: Pick<Tools, "keep" | "whenServed" | "log">,
  next: Handler,
): Handler {
  // The secret is in what tells two of them apart: it is not kept as a name.
  const described = JSON.stringify([options, [...(options.parameters ?? [])]])
  const hash = Bun.CryptoHasher.hash("sha256", described, "base64")
  const token = keep(`access token ${hash}`, () => new AccessToken(options))
  whenServed(() => {
    token.log = log
    // The first request is not to wait for it.
    void token.header()
    return () => undefined
  })

  async function send(exchange: Exchange, header: string | undefined): Promise<Reply> {
    if (header === undefined)
      throw new GatewayError(
        "unavailable",
        `Service "${service}" cannot be asked: the gateway has no access token for it.`,
      )
    const { headers } = exchange
    const before = headers.all(name)
    headers.set(name, header)
    try {
      const reply = await next(exchange)
      if (reply.status === 401) token.doubt(header)
      return reply
    } finally {
      // Whoever is asked after this service is not to see it.
      headers.delete(name)
      for (const value of before) headers.append(name, value)
    }
  }

  return (exchange) => {
    const header = token.header()
    if (typeof header === "string") return send(exchange, header)
    return exchange.unlessOver(header).then((had) => send(exchange, had))
  }
}
