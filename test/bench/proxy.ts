// What it costs to proxy, beside nginx, HAProxy and Caddy where they are on PATH: `npm run bench -- proxy`.
// Ratios within one run hold; absolute figures drift with the machine. Where wrk, upstream and gateway share few
// processors, requests per second flatter whoever is slow: processor time is the figure to go by.
import { existsSync } from "node:fs"
import { join } from "node:path"

import { executable } from "../support/executable.ts"
import { print, table } from "./support/figures.ts"
import { type Figures, inTurns, median, times } from "./support/in-turns.ts"
import { numberedRoutes, pathsOf } from "./support/numbered-routes.ts"
import { bellhop, doesTheSame, others, type Peer, run, type Setup, tunedForBodies } from "./support/peers.ts"
import { stage } from "./support/stage.ts"
import type { Load } from "./support/wrk.ts"

// Short turns, and many of them: on a machine that others use too, the median of few is chance.
const seconds = Number(process.env.SECONDS ?? 1)
const rounds = Number(process.env.ROUNDS ?? 9)
const medians = `medians of ${rounds} × ${seconds} s`
const alone = "the upstream"
const counts = [10, 100, 1000, 10_000]

if (!Bun.which("wrk")) console.log("proxy: left out, because wrk is not on PATH")
else if (existsSync(executable)) await measure()
else {
  console.error(`proxy: "${executable}" does not exist: run npm run build.`)
  process.exitCode = 1
}

async function measure(): Promise<void> {
  await using house = stage()
  const raw = house.start([process.execPath, join(import.meta.dir, "support/raw-upstream.ts")])
  const { value: said } = await raw.stdout.getReader().read()
  const port = Number(new TextDecoder().decode(said))
  const upstream: Peer = { name: alone, url: `http://127.0.0.1:${port}`, pid: raw.pid }

  const peers = await all([bellhop({ "/*": "up" }), ...others()])
  await small()
  await large()
  await flat()

  async function all(setups: readonly Setup[]): Promise<Peer[]> {
    const running: Peer[] = []
    for (const setup of setups) running.push(await run(house, setup, port))
    for (const peer of running) await doesTheSame(peer)
    return running
  }

  async function small(): Promise<void> {
    const load = { connections: 64 }
    show(`1 KB of JSON, ${load.connections} connections`, await withAndWithout(load, peers), [
      ["requests/s", "perSecond"],
      ["p50 ms", "p50"],
      ["p99 ms", "p99"],
      ["CPU µs/request", "cpu"],
    ])
  }

  async function large(): Promise<void> {
    const load = { connections: 16, path: "/large" }
    const measured = [...peers, ...(await all(tunedForBodies()))]
    show(`1 MB, ${load.connections} connections`, await withAndWithout(load, measured), [
      ["MB/s", "perSecond"],
      ["p50 ms", "p50"],
      ["p99 ms", "p99"],
      ["CPU µs/MB", "cpu"],
    ])
  }

  /** All gateways, and then the upstream itself: nobody can be faster than that. */
  async function withAndWithout(load: Load, gateways: readonly Peer[]): Promise<Map<string, Figures[]>> {
    const through = await inTurns(house, gateways, () => load, { seconds, rounds })
    const without = await inTurns(house, [upstream], () => load, { seconds, rounds: 1 })
    return new Map([...through, ...without])
  }

  /** Gateways that differ in how many routes they have. */
  async function flat(): Promise<void> {
    const paths = new Map<Peer, string>()
    for (const count of counts) {
      const peer = await run(house, bellhop(numberedRoutes(count), `${count} routes`), port)
      paths.set(peer, house.write(`paths-${count}`, pathsOf(count)))
    }
    const measured = await inTurns(house, [...paths.keys()], (peer) => ({ connections: 64, paths: paths.get(peer) }), {
      seconds,
      rounds,
    })
    const fewest = measured.get(`${counts[0]} routes`) ?? []
    print(
      `proxy: routes, half of them with parameters, asked for in turns, 1 KB of JSON; ${medians}`,
      [...measured].map(([what, figures]) => ({
        what,
        values: { "CPU µs/request": median(figures, "cpu"), times: times(figures, fewest, "cpu") },
        unit: "",
        target: { of: "times", atMost: 1.1 },
      })),
    )
  }
}

function show(
  what: string,
  measured: ReadonlyMap<string, readonly Figures[]>,
  columns: readonly (readonly [title: string, of: keyof Figures])[],
): void {
  const nginx = measured.get("nginx")
  table(
    `proxy: ${what}; ${medians}${nginx ? "; in brackets, times that of nginx" : ""}`,
    columns.map(([title]) => title),
    [...measured].map(([name, figures]) => [
      name,
      columns.map(([, of]) => ({
        value: median(figures, of),
        // It has rounds of its own.
        times: nginx && name !== alone ? times(figures, nginx, of) : undefined,
      })),
    ]),
  )
}
