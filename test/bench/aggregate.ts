// What an answer costs that is made of three, beside one plain proxied request, and KrakenD where it is on PATH; and how
// long a checkout takes beside its longest chain: `npm run bench -- aggregate`. Ratios within one run hold.
import { existsSync } from "node:fs"
import { join } from "node:path"

import { executable } from "../support/executable.ts"
import { checkedOut, checkoutRoute, type Happened, heldShop } from "../support/held-shop.ts"
import { print, type Row, share } from "./support/figures.ts"
import { type Figures, inTurns, median, times } from "./support/in-turns.ts"
import { krakend } from "./support/krakend.ts"
import { bellhop, type Peer, run, type Setup } from "./support/peers.ts"
import { stage } from "./support/stage.ts"
import type { Load } from "./support/wrk.ts"

const seconds = Number(process.env.SECONDS ?? 1)
const rounds = Number(process.env.ROUNDS ?? 9)
const medians = `medians of ${rounds} × ${seconds} s`
const connections = 64
const atMost = 3.2

const parts = { a: "/a", b: "/b", c: "/c" }
const text = { type: "object", properties: { text: { type: "string" } } }
const aggregates: Readonly<Record<string, object>> = {
  "/three": { aggregate: { a: "up GET /a", b: "up GET /b", c: "up GET /c" } },
  "/one": { aggregate: { a: "up GET /a" } },
  "/chain": { aggregate: { a: "up GET /a", b: "up GET /:a.text", c: { call: "up GET /c", needs: ["b"] } } },
  "/shaped": {
    aggregate: { a: { call: "up GET /a", pick: ["text"], schema: text }, b: "up GET /b", c: "up GET /c" },
    merge: "deep",
  },
}
const plain = "/plain"
const hold = 100
const checkouts = 20

if (existsSync(executable)) {
  if (Bun.which("wrk")) await cost()
  else console.log("aggregate: what it costs is left out, because wrk is not on PATH")
  await time()
} else {
  console.error(`aggregate: "${executable}" does not exist: run npm run build.`)
  process.exitCode = 1
}

/** Processor time of aggregates, in turns with that of one request through the same executable on the same config. */
async function cost(): Promise<void> {
  await using house = stage()
  const raw = house.start([process.execPath, join(import.meta.dir, "support/raw-upstream.ts")])
  const { value: said } = await raw.stdout.getReader().read()
  const upstream = Number(new TextDecoder().decode(said))
  // Each has a process of its own: what one leaves behind is not cleaned up on the account of another.
  const config = { "/*": "up", ...aggregates }
  const one = await run(house, bellhop(config, plain), upstream)
  const three = await run(house, bellhop(config, "/three"), upstream)
  const shapes: Peer[] = []
  for (const path of Object.keys(aggregates).slice(1)) shapes.push(await run(house, bellhop(config, path), upstream))
  const others = Bun.which("krakend") ? [await run(house, krakend("/three", parts), upstream)] : []
  if (others.length === 0) console.log("aggregate: KrakenD is left out, because krakend is not on PATH")
  const part: unknown = await (await fetch(`${one.url}/a`)).json()
  for (const peer of [three, ...others]) await answers(peer, { a: part, b: part, c: part })

  const pathOf = ({ name }: Peer): string => (name.startsWith("/") ? name : "/three")
  const load = (peer: Peer): Load => ({ connections, path: pathOf(peer) })
  const measured = await inTurns(house, [one, three, ...others, ...shapes], load, { seconds, rounds })
  print(
    `aggregate: 1 KB of JSON from each service, ${connections} connections; ${medians}`,
    [...measured].map(([name, figures]) => row(name, figures, measured.get(plain) ?? [])),
  )
}

function row(what: string, figures: readonly Figures[], plainly: readonly Figures[]): Row {
  const values = {
    "CPU µs/request": median(figures, "cpu"),
    times: times(figures, plainly, "cpu"),
    "requests/s": median(figures, "perSecond"),
    "p99 ms": median(figures, "p99"),
  }
  return { what, values, unit: "", ...(what === "/three" && { target: { of: "times", atMost } }) }
}

/** Fails where a gateway does not answer with all parts by their names: it would have less to do. */
async function answers({ name, url }: Peer, whole: unknown): Promise<void> {
  const response = await fetch(`${url}/three`)
  const body = await response.text()
  if (response.status !== 200 || !Bun.deepEquals(JSON.parse(body), whole))
    throw new Error(`${name} answers ${response.status} ${body}`)
}

/** How long a checkout takes whose services hold each answer, one client after the other. */
async function time(): Promise<void> {
  await using house = stage()
  await using shop = await heldShop(hold)
  const { url } = await run(house, checkout(shop.services), 0)
  const took: number[] = []
  const chains: number[] = []
  // The first one opens the connections.
  for (let number = 0; number <= checkouts; number++) {
    const before = shop.happened().length
    const started = performance.now()
    const response = await fetch(`${url}/checkout`, { method: "POST" })
    const answer: unknown = await response.json()
    const total = performance.now() - started
    if (!Bun.deepEquals(answer, checkedOut)) throw new Error(`The checkout answered ${JSON.stringify(answer)}.`)
    if (number === 0) continue
    took.push(total)
    chains.push(chain(shop.happened().slice(before)))
  }
  print(`aggregate: a checkout of three parts in two levels, held for ${hold} ms each; medians of ${checkouts}`, [
    {
      what: "POST /checkout",
      values: { "longest chain": share(chains, 0.5), total: share(took, 0.5), slowest: Math.max(...took) },
      unit: "ms",
      target: { of: "total", atMost: 230 },
    },
  ])
}

function checkout(services: Readonly<Record<string, string>>): Setup {
  return {
    ...bellhop({}, "checkout"),
    config: (port) => `import { defineGateway } from "bellhop"

export default defineGateway({
  listen: { host: "127.0.0.1", port: ${port} },
  admin: false,
  services: ${JSON.stringify(services)},
  routes: { ${checkoutRoute} },
})
`,
  }
}

/** How long the services themselves took for the cart and then for the charge. */
function chain(happened: readonly Happened[]): number {
  const at = (what: string): number => happened.find((one) => one.what.startsWith(what))?.at ?? Number.NaN
  const held = (what: string): number => at(`answered ${what}`) - at(`asked ${what}`)
  return held("GET /cart") + held("POST /charge")
}
