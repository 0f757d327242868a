// How long a service works on for a client that is gone: `npm run bench -- client-gone`.
import { gateway } from "../support/gateway.ts"
import { holdingService, stages, vanishingRoutes } from "../support/vanishing.ts"
import { print, type Row, share } from "./support/figures.ts"

const times = Number(process.env.TIMES ?? 50)

using service = await holdingService()
await using bellhop = await gateway({ services: { up: service.url }, routes: vanishingRoutes })

const rows: Row[] = []
for (const [when, stage] of Object.entries(stages)) {
  const took: number[] = []
  for (let time = 0; time < times; time++) {
    const { client, held } = await stage(bellhop.url, service.next)
    const left = performance.now()
    client.socket.destroy()
    await Promise.all(held.map(({ gone }) => gone))
    took.push(performance.now() - left)
  }
  rows.push({
    what: `a client leaves ${when}`,
    values: { p50: share(took, 0.5), p95: share(took, 0.95), max: share(took, 1) },
    unit: "ms",
    target: { of: "max", atMost: 100 },
  })
}
print(`client-gone, until the service is told, ${times} times each`, rows)
