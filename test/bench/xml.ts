// What attacks by XML cost the executable, each on a gateway of its own: the answer, how long it took at best and at
// worst, and how much memory the process has more than before: `npm run bench -- xml`.
import { attacks } from "../formats/xml-attacks.ts"
import { gateway } from "../support/gateway.ts"
import { webUpstream } from "../support/upstream.ts"
import { memory } from "./support/process-cpu.ts"

const rounds = Number(process.env.ROUNDS ?? 5)

const shown = new Set(["billion laughs", "an entity that is a file", "quadratic blow-up", "nesting by 10,000"])

using service = webUpstream(() => new Response("<a/>", { headers: { "content-type": "application/xml" } }))

console.log(
  `${"attack".padEnd(32)} ${"sent".padStart(9)} ${"status".padStart(6)} ${"best".padStart(9)} ${"worst".padStart(9)} ${"memory".padStart(9)}`,
)
for (const { says, document } of attacks.filter((attack) => shown.has(attack.says) || process.env.ALL !== undefined)) {
  await using bellhop = await gateway({
    services: { shop: service.url },
    routes: { "POST /*": { service: "shop", transform: { request: { to: "json" } } } },
  })
  const send = async (body: string): Promise<{ status: number; took: number }> => {
    const start = performance.now()
    const response = await fetch(`${bellhop.url}/`, {
      method: "POST",
      headers: { "content-type": "application/xml" },
      body,
    })
    await response.arrayBuffer()
    return { status: response.status, took: performance.now() - start }
  }
  for (let n = 0; n < 20; n++) await send("<a>fine</a>")
  const before = memory(bellhop.pid, "VmRSS")
  const body = document()
  const sent = [await send(body)]
  while (sent.length < rounds) sent.push(await send(body))
  const took = sent.map((one) => one.took)
  const grown = (memory(bellhop.pid, "VmHWM") - before) / 1024
  const figures = [
    `${(body.length / 1024).toFixed(0)} KB`.padStart(9),
    [...new Set(sent.map(({ status }) => status))].join(",").padStart(6),
    `${Math.min(...took).toFixed(1)} ms`.padStart(9),
    `${Math.max(...took).toFixed(1)} ms`.padStart(9),
    `+${grown.toFixed(1)} MB`.padStart(9),
  ]
  console.log(`${says.padEnd(32)} ${figures.join(" ")}`)
}
