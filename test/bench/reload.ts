// How long a save takes until it is served, and what a thousand reloads under load cost: `npm run bench -- reload`.
import { folder, serving } from "../support/executable.ts"
import { reloadUnderLoad } from "../support/reload-load.ts"
import { answer, numbered, save } from "../support/saves.ts"
import { print, type Row, share } from "./support/figures.ts"

const saves = Number(process.env.SAVES ?? 200)
const reloads = Number(process.env.RELOADS ?? 1000)
const warmUp = Math.min(100, reloads)
const connections = 32
// A save that is not served by then never will be.
const longest = 10_000

const rows: Row[] = []
rows.push(await saveToLive("save to live, types checked", [], 100))
rows.push(await saveToLive("save to live, dev --no-types", ["--no-types"], 20))

const { answers, failed, wrong, rss, times } = await reloadUnderLoad({ reloads, warmUp, connections })
const under = `${reloads} reloads, ${connections} connections`
rows.push(
  { what: `${under}: answers`, values: { answers, failed, wrong }, unit: "", target: { of: "failed", atMost: 0 } },
  {
    what: `${under}: save to live`,
    values: { p50: share(times, 0.5), p95: share(times, 0.95), max: share(times, 1) },
    unit: "ms",
  },
  {
    what: `${under}: memory`,
    values: { before: rss.before, after: rss.after, growth: rss.after - rss.before },
    unit: "MB",
    target: { of: "growth", atMost: 20 },
  },
)
print("reload", rows)
process.exitCode = failed + wrong > 0 ? 1 : 0

/** From the end of each save to the first answer that shows it, asked for every millisecond. */
async function saveToLive(what: string, args: readonly string[], atMost: number): Promise<Row> {
  using shop = folder({ "gateway.config.ts": numbered(0) })
  await using gateway = await serving(shop.path, { args })
  const took: number[] = []
  for (let n = 1; n <= saves; n++) {
    save(shop.path, "gateway.config.ts", numbered(n))
    const saved = performance.now()
    while ((await answer(gateway.url)) !== String(n)) {
      if (performance.now() - saved > longest) throw new Error(`Save ${n} was never served: ${gateway.stderr()}`)
      // Asking without a pause would take the processor from what is measured.
      await Bun.sleep(1)
    }
    took.push(performance.now() - saved)
  }
  return {
    what,
    values: { p50: share(took, 0.5), p95: share(took, 0.95), max: share(took, 1) },
    unit: "ms",
    target: { of: "p95", atMost },
  }
}
