import { timingSafeEqual } from "node:crypto"

import { Elysia } from "elysia"

import type { Metrics } from "../observe/metrics.ts"
import { expositionFor, mediaTypes } from "../observe/metrics/exposition.ts"
import { cacheAnswer, purgeAnswer } from "./admin/cache.ts"
import { exchangesApp } from "./admin/exchanges.ts"
import { adminDocument, adminPaths } from "./admin/openapi.ts"
import { creator, statusAnswer, type Told } from "./admin/status.ts"
import { usageAnswer } from "./admin/usage.ts"
import { hostShape } from "./door.ts"
import { cannotListen } from "./listen.ts"
import type { Live } from "./live.ts"
import { metricsText } from "./metrics-text.ts"
import type { Reloaded } from "./reload.ts"
import { serviceStatuses } from "./service-metrics.ts"

/** What the admin listener shows and does. */
export interface AdminOptions {
  readonly host: string
  readonly port: number
  readonly token: string | undefined
}

/** What the admin listener works on. */
export interface AdminGround {
  readonly live: Live
  readonly metrics: Metrics
  told(): Told
  reload(): Promise<Reloaded>
  /** The issues of a reload as programs read them. */
  issues(reloaded: Reloaded): unknown
}

// A web page elsewhere can make a browser ask 127.0.0.1 under any name of its own (DNS rebinding).
const ownNames = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/

const digest = (text: string): Uint8Array => new Bun.CryptoHasher("sha256").update(text).digest()

/** The listener for operators: health, readiness, metrics, reload. */
export function adminApp({ token }: AdminOptions, ground: AdminGround) {
  const { live, metrics } = ground
  const expected = token === undefined ? undefined : digest(`Bearer ${token}`)
  const refused = (status: number, detail: string): Response =>
    Response.json({ status, detail }, { status, headers: { "content-type": "application/problem+json" } })

  return new Elysia({ handler: { standardHostname: false } })
    .onRequest(({ request }) => {
      const host = request.headers.get("host") ?? ""
      // Without a valid host the URL is not one either.
      if (!hostShape.test(host)) return refused(400, "Send one valid Host header.")
      const path = new URL(request.url).pathname
      // Probes come without credentials and learn nothing but yes or no.
      const probe = path === "/healthz" || path === "/readyz"
      if (probe) return undefined
      if (expected) {
        const sent = digest(request.headers.get("authorization") ?? "")
        if (!timingSafeEqual(sent, expected)) return refused(401, "Send the admin token as Authorization: Bearer …")
      } else if (!ownNames.test(host)) return refused(403, "Ask for localhost.")
      if (request.headers.has("origin") && request.method !== "GET") return refused(403, "Not for web pages.")
      return undefined
    })
    .get("/", () => Response.json({ paths: adminPaths }))
    .get("/openapi.json", () => Response.json(adminDocument(expected !== undefined)))
    .get("/status", () => statusAnswer(live, metrics.inFlight, ground.told(), ground.issues))
    .use(exchangesApp(live, creator, refused))
    .get("/healthz", () => Response.json({ status: "ok" }))
    .get("/readyz", () => {
      const ready = live.now !== undefined && !live.stopping
      return Response.json(
        { status: ready ? "ready" : live.stopping ? "stopping" : "no config is served yet" },
        { status: ready ? 200 : 503 },
      )
    })
    .get("/metrics", ({ request }) => {
      if (live.now?.built.observing.measures === false)
        return refused(404, "Nothing is measured: the config says observe: { metrics: false }.")
      const as = expositionFor(request.headers.get("accept"))
      return new Response(metricsText(live, metrics, as), { headers: { "content-type": mediaTypes[as] } })
    })
    .get("/usage", ({ request }) => usageAnswer(live, request, refused))
    .get("/cache", () => cacheAnswer(live, refused))
    .post("/cache/purge", ({ request }) => purgeAnswer(live, request, refused), { parse: "none" })
    .get("/services", () => Response.json({ services: serviceStatuses(live) }))
    .post(
      "/reload",
      async () => {
        const reloaded = await ground.reload()
        const { outcome } = reloaded
        const generation = outcome === "applied" ? reloaded.generation.number : reloaded.serving
        return Response.json(
          { outcome, generation, issues: ground.issues(reloaded) },
          // The reload may have moved this listener: the next request had better come by a new connection.
          { status: outcome === "refused" ? 422 : 200, headers: { connection: "close" } },
        )
      },
      { parse: "none" },
    )
}

/** The admin listener while it is open. */
export interface Admin {
  readonly options: AdminOptions
  readonly url: string
  readonly port: number
  /** Takes no new connections; what is under way, such as the reload that asked for this, is answered. */
  stop(): void
  end(): void
}

/** Opens the admin listener. */
export function openAdmin(options: AdminOptions, ground: AdminGround): Admin {
  const made = adminApp(options, ground)
  try {
    made.listen({ hostname: options.host, port: options.port, development: false })
  } catch (error) {
    throw cannotListen(error, options.host, options.port)
  }
  const port = made.server?.port ?? options.port
  const host = options.host.includes(":") ? `[${options.host}]` : options.host
  return {
    options,
    port,
    url: `http://${host}:${port}`,
    stop: () => void made.server?.stop(),
    end: () => void made.server?.stop(true),
  }
}
