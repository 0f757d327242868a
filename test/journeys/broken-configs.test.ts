import { rmSync } from "node:fs"
import { join } from "node:path"

import { afterAll, beforeAll, describe, expect, it } from "vitest"

import { type BellhopEvent, type Folder, folder, serving } from "../support/executable.ts"
import { answer, marked, numbered, save } from "../support/saves.ts"
import { type BrokenConfig, unloadable, unservable } from "./broken-config-cases.ts"

let shop: Folder
let gateway: Awaited<ReturnType<typeof serving>>
let good = 0
let generation = 1

beforeAll(async () => {
  shop = folder({ "gateway.config.ts": numbered(0) })
  gateway = await serving(shop.path)
})

afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  shop[Symbol.dispose]()
})

/** Saves a broken config, and gives the refusal and the place that its issue has to name. */
async function refusal({ config, files = {} }: Pick<BrokenConfig, "config" | "files">) {
  const sources = [...Object.entries(files), ["gateway.config.ts", config] as const]
  for (const [file, source] of sources) save(shop.path, file, marked(source)?.text ?? source)
  const refused = await gateway.next((event) => event.outcome === "refused" && event.generation === generation)
  const [place] = sources.flatMap(([file, source]) => {
    const at = marked(source)
    return at ? [{ file, line: at.line, column: at.column }] : []
  })
  return { issues: refused.issues, place }
}

/** Saves a good config again, and waits until it is served. */
async function mend(files: Readonly<Record<string, string>> = {}): Promise<BellhopEvent> {
  for (const file of Object.keys(files))
    rmSync(join(shop.path, file.split("/")[0] ?? file), { recursive: true, force: true })
  save(shop.path, "gateway.config.ts", numbered(++good))
  for (;;) {
    const applied = await gateway.next((event) => event.outcome === "applied" && event.generation === generation + 1)
    generation++
    if ((await answer(gateway.url)) === String(good)) return applied
  }
}

const like = (wanted: string | RegExp | null): unknown =>
  wanted instanceof RegExp ? expect.stringMatching(wanted) : wanted

describe.each([
  { kind: "cannot be loaded", cases: unloadable },
  { kind: "cannot be served", cases: unservable },
])("a save that $kind", ({ cases }) => {
  it.each(cases)("is refused for $name, and the last good config serves on", async (broken) => {
    try {
      const { issues, place } = await refusal(broken)
      const { code, message, fix } = broken
      expect(issues).toEqual([
        expect.objectContaining({
          code,
          ...place,
          message: like(message),
          fix: like(fix),
        }),
      ])
      expect(await answer(gateway.url)).toBe(String(good))
    } finally {
      expect((await mend(broken.files)).issues).toEqual([])
    }
  })
})

it("a config that is deleted is refused, and served again once it is back", async () => {
  rmSync(join(shop.path, "gateway.config.ts"))
  const refused = await gateway.next((event) => event.outcome === "refused" && event.generation === generation)
  expect(refused.issues).toEqual([
    expect.objectContaining({ code: "E109", message: `Cannot find the config "${shop.path}/gateway.config.ts".` }),
  ])
  expect(await answer(gateway.url)).toBe(String(good))
  expect((await mend()).issues).toEqual([])
})
