// What it costs to be watched: metrics, the access log, traces that are only passed on, and the recorder, each beside a
// gateway that watches nothing: `npm run bench -- observe`. Ratios within one run hold; absolute figures drift.
import { existsSync } from "node:fs"
import { join } from "node:path"

import { executable } from "../support/executable.ts"
import { freePort } from "../support/upstream.ts"
import { print } from "./support/figures.ts"
import { type Figures, inTurns, median, times } from "./support/in-turns.ts"
import { bellhop, type Peer, run } from "./support/peers.ts"
import { stage } from "./support/stage.ts"

// Short turns, and many of them: on a machine that others use too, the median of few is chance.
const seconds = Number(process.env.SECONDS ?? 1)
const rounds = Number(process.env.ROUNDS ?? 9)

const bare = "nothing"
const off = { metrics: false, recorder: false }
const log = { format: "json", to: { path: "access.log", size: "1gb", keep: 0 } }

const listenedTo = "recorder and a listener"

/** What is watched, by its name, and how much dearer a request may be for it. */
const watched: readonly (readonly [name: string, observe: Readonly<Record<string, unknown>>, atMost?: number])[] = [
  [bare, off],
  ["metrics", { ...off, metrics: true }],
  ["access log", { ...off, log }],
  ["metrics and access log", { ...off, metrics: true, log }, 1.08],
  ["metrics, log and traces", { ...off, metrics: true, log, traces: true }],
  ["recorder", { ...off, recorder: true }],
  // As much as nine tenths of the requests in the same time.
  [listenedTo, { ...off, recorder: true }, 1.11],
]

if (!Bun.which("wrk")) console.log("observe: left out, because wrk is not on PATH")
else if (existsSync(executable)) await measure()
else {
  console.error(`observe: "${executable}" does not exist: run npm run build.`)
  process.exitCode = 1
}

async function measure(): Promise<void> {
  await using house = stage()
  const raw = house.start([process.execPath, join(import.meta.dir, "support/raw-upstream.ts")])
  const { value: said } = await raw.stdout.getReader().read()
  const port = Number(new TextDecoder().decode(said))
  const peers: Peer[] = []
  for (const [name, observe] of watched) {
    // What nobody could ask for is not recorded.
    const admin = observe.recorder === true ? { port: await freePort() } : false
    peers.push(await run(house, bellhop({ "/*": "up" }, name, { observe, admin }), port))
    if (name === listenedTo && admin) void listen(admin.port)
  }
  const measured = await inTurns(house, peers, () => ({ connections: 64 }), { seconds, rounds })
  const without = measured.get(bare) ?? []
  print(
    `observe: 1 KB of JSON through a service, 64 connections; medians of ${rounds} × ${seconds} s`,
    watched.map(([what, , atMost]) => rowOf(what, measured.get(what) ?? [], without, atMost)),
  )
}

/** Reads what the recorder tells, as `bellhop tail` does. */
async function listen(port: number): Promise<void> {
  const { body } = await fetch(`http://127.0.0.1:${port}/exchanges/stream?tree=true`)
  try {
    for await (const piece of body ?? new ReadableStream<Uint8Array>()) new TextDecoder().decode(piece)
  } catch {
    // The gateway has ended.
  }
}

function rowOf(what: string, figures: readonly Figures[], without: readonly Figures[], atMost: number | undefined) {
  return {
    what,
    values: { "CPU µs/request": median(figures, "cpu"), times: times(figures, without, "cpu") },
    unit: "",
    ...(atMost === undefined ? {} : { target: { of: "times", atMost } }),
  }
}
