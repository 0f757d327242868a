import { readFileSync } from "node:fs"

import { folder, serving } from "./executable.ts"
import { numbered, save } from "./saves.ts"

/** What came of reloading again and again while clients ask without a pause. */
export interface UnderLoad {
  answers: number
  /** Requests that got no answer, or one that is not 200. */
  failed: number
  /** Answers by a config that was no longer served when the request was sent, or by one that was never saved. */
  wrong: number
  /** Memory of the gateway in MB, around the end of the warm-up and at the end: medians, as it goes up and down. */
  rss: { before: number; after: number }
  /** From each save to the news that it is served, in ms, in rising order. */
  times: readonly number[]
}

/** The memory that a process occupies, in MB. */
export function rssOf(pid: number): number {
  const [, kilobytes = ""] = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? []
  return Number(kilobytes) / 1024
}

/** Saves one config after the other while connections ask for their numbers as fast as they can. */
export async function reloadUnderLoad(given: {
  reloads: number
  warmUp: number
  connections: number
}): Promise<UnderLoad> {
  using upstream = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => Response.json("up") })
  const config = (n: number): string =>
    numbered(
      n,
      `services: { up: "${upstream.url.origin}" },`,
      `"GET /parts": { aggregate: { up: "up GET /" }, response: () => ${n} },
    "GET /own": { handler: () => new Response("${n}") },`,
    )
  using shop = folder({ "gateway.config.ts": config(0) })
  await using gateway = await serving(shop.path, { command: "start", args: ["--watch"] })
  const origin = gateway.url.replace("localhost", "127.0.0.1")
  let saved = 0
  let confirmed = 0
  let done = false
  const result = { answers: 0, failed: 0, wrong: 0 }

  async function ask(url: string): Promise<void> {
    const oldest = confirmed
    try {
      const response = await fetch(url)
      const number = Number(await response.text())
      result.answers++
      if (response.status !== 200) result.failed++
      else if (!(number >= oldest && number <= saved)) result.wrong++
    } catch {
      result.failed++
    }
  }
  const paths = ["/n", "/parts", "/own"]
  const clients = Array.from({ length: given.connections }, async (_, index) => {
    while (!done) await ask(origin + paths[index % paths.length])
  })

  const times: number[] = []
  const memory: number[] = []
  for (let n = 1; n <= given.reloads; n++) {
    const started = performance.now()
    saved = n
    save(shop.path, "gateway.config.ts", config(n))
    await gateway.next(({ outcome, generation }) => outcome === "applied" && generation === n + 1)
    confirmed = n
    times.push(performance.now() - started)
    memory.push(rssOf(gateway.pid))
  }
  const before = median(memory.slice(given.warmUp - 25, given.warmUp + 25))
  const after = median(memory.slice(-50))
  done = true
  await Promise.all(clients)
  return { ...result, rss: { before, after }, times: times.toSorted((one, other) => one - other) }
}

const median = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[values.length >> 1] ?? Number.NaN
