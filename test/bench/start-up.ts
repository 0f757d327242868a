// How long the executable takes from its start to its first answer, and what it occupies then: `npm run bench -- start-up`.
import { folder, run } from "../support/executable.ts"
import { rssOf } from "../support/reload-load.ts"
import { answer, numbered } from "../support/saves.ts"
import { print, type Row, share } from "./support/figures.ts"

const starts = Number(process.env.STARTS ?? 10)

const rows = [...(await measured("start")), ...(await measured("dev")), ...(await measured("dev", "--no-types"))]
print(`start-up, median of ${starts}`, rows)

async function measured(command: "start" | "dev", ...args: string[]): Promise<Row[]> {
  const took: number[] = []
  const memory: number[] = []
  for (let time = 0; time < starts; time++) {
    using shop = folder({ "gateway.config.ts": numbered(1) })
    const started = performance.now()
    await using gateway = run([command, "--json", ...args], shop.path)
    const ready = await gateway.next(({ event }) => event === "ready")
    if ((await answer(ready.url ?? "")) !== "1") throw new Error(`bellhop ${command} answers something else.`)
    took.push(performance.now() - started)
    // What the start left behind is gone once it has been quiet for a while.
    await Bun.sleep(500)
    memory.push(rssOf(gateway.pid))
  }
  const name = ["bellhop", command, ...args].join(" ")
  return [
    {
      what: `${name}: to its first answer`,
      values: { median: share(took, 0.5), max: share(took, 1) },
      unit: "ms",
      target: { of: "median", atMost: 150 },
    },
    {
      what: `${name}: memory when idle`,
      values: { median: share(memory, 0.5), max: share(memory, 1) },
      unit: "MB",
      target: { of: "median", atMost: 90 },
    },
  ]
}
