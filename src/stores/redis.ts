import { about, object, optional, type Schema } from "../core/schema.ts"
import { duration, durationText } from "../core/units.ts"
import { oneOf, text } from "../core/values.ts"
import { redisConnection } from "./redis-connection.ts"
import { redisKeys } from "./redis-keys.ts"
import { limitsWhenAway, redisLimits, type WhenAway } from "./redis-limits.ts"
import { loginProblem, loginTls, loginUrl, redisUrl, tlsOptions } from "./redis-options.ts"
import { redisSteps } from "./redis-steps.ts"
import { redisValues } from "./redis-values.ts"
import { defineStore } from "./store-part.ts"

/** Keeps state in a Redis server, which the processes of several machines share. */
export const redis = defineStore({
  name: "redis",
  about: "In a Redis server, version 7 or later: gateways on several machines share it.",
  options: object({
    url: about(
      'Where it is: "redis://host:6379", with "/2" behind it for that database, "rediss://…" for TLS, or "redis+unix:///run/redis.sock". One server, or a proxy in front of several: the protocols of Sentinel and Cluster are not spoken.',
      optional(redisUrl, "redis://localhost:6379"),
    ),
    username: about(
      "Who logs in, where the URL does not say it. Default: the user that needs no name.",
      optional(text()),
    ),
    password: about('The password, such as env("REDIS_PASSWORD"), where the URL has none.', optional(text())),
    tls: about("How TLS is spoken, where the URL asks for it.", optional(tlsOptions)),
    prefix: about("What all keys begin with: gateways with the same prefix share state.", optional(text(), "bellhop:")),
    timeout: about(
      "How long a command may take; then Redis is away until it answers again, which is tried all the time.",
      optional(duration(), "250ms"),
    ),
    whenAway: about(
      'What becomes of limits while Redis is away: each gateway counts for itself ("local"), everything is allowed ("allow"), or requests that have limits fail with 503 ("deny"). What needs other state fails in any case.',
      optional(oneOf("local", "allow", "deny"), "local") as Schema<WhenAway>,
    ),
  }),
  problem: (options) => loginProblem(options),
  create({ prefix, timeout, whenAway, ...login }, { now, log }) {
    const place = { url: loginUrl(login), tls: loginTls(login), timeout }
    const connection = redisConnection(place, (away, since) => {
      if (away)
        return log?.warn(
          `The store "redis" is away (${away.message.replace(/\.$/, "")}): ${meanwhile[whenAway]} until it is back.`,
        )
      forget()
      log?.info(`The store "redis" is back after ${durationText(Date.now() - since)}.`)
    })
    // The clock of this machine is one of many; who gives another one means it.
    const steps = redisSteps(connection, now === Date.now ? undefined : now)
    const keys = redisKeys(prefix)
    const { limits, estimated, forget } = limitsWhenAway(redisLimits(steps, keys), whenAway, now)
    return {
      ...redisValues(steps, keys),
      ...limits,
      // Redis drops by itself what is over; this connects before somebody waits for it. That it is away, it says itself.
      sweep: () => connection.ask((client) => client.send("PING", [])).catch(() => undefined),
      status: () => ({ ...connection.status(), estimated: estimated() }),
      close: () => connection.close(),
    }
  },
})

const meanwhile: Readonly<Record<WhenAway, string>> = {
  local: "limits are counted by each gateway for itself",
  allow: "limits allow everything",
  deny: "requests that have limits fail",
}
