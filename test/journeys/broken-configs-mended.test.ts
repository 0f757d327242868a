import { join } from "node:path"

import { describe, expect, it } from "vitest"

import { folder, run, serving } from "../support/executable.ts"
import { answer, marked, numbered, save } from "../support/saves.ts"

const importing = (path: string): string =>
  numbered(1).replace("\n\n", `\nimport { body } from "${path}"\n\n`).replace('body: "1"', "body")

const secret = (path: string): string =>
  numbered(1)
    .replace("{ defineGateway }", "{ defineGateway, file }")
    .replace("admin: { port: 0 }", `admin: { port: 0, token: file("${path}") }`)

describe.concurrent("a refused config is mended without touching it, by creating", () => {
  it.each([
    { what: "the file that it imports", config: importing("./parts/body.ts"), file: "parts/body.ts" },
    { what: "the file above it that it imports", config: importing("../shared/body.ts"), file: "../shared/body.ts" },
    {
      what: "the package that it imports",
      config: importing("bellhop-test-body"),
      file: "node_modules/bellhop-test-body/index.ts",
    },
  ])("$what", async ({ config, file }) => {
    using root = folder()
    const shop = join(root.path, "shop")
    save(shop, "gateway.config.ts", config)
    await using gateway = run(["dev", "--json"], shop)
    const refused = await gateway.next(({ outcome }) => outcome === "refused")
    expect(refused.issues).toEqual([expect.objectContaining({ code: "E102" })])
    save(shop, file, `export const body = "there"\n`)
    const ready = await gateway.next(({ event }) => event === "ready")
    expect(await answer(ready.url ?? "")).toBe("there")
  })

  it("the file of its secret", async () => {
    using shop = folder()
    using secrets = folder()
    shop.write("gateway.config.ts", secret(join(secrets.path, "token")))
    await using gateway = run(["dev", "--json"], shop.path)
    const refused = await gateway.next(({ outcome }) => outcome === "refused")
    expect(refused.issues).toEqual([expect.objectContaining({ code: "E502", line: 5 })])
    secrets.write("token", "a-token-of-many-characters\n")
    const ready = await gateway.next(({ event }) => event === "ready")
    expect(await answer(ready.url ?? "")).toBe("1")
  })

  it("the mock that a route names", async () => {
    using shop = folder({ "gateway.config.ts": numbered(1, "", `"GET /m": { mock: "samples/m.json" },`) })
    await using gateway = run(["dev", "--json"], shop.path)
    const refused = await gateway.next(({ outcome }) => outcome === "refused")
    expect(refused.issues).toEqual([expect.objectContaining({ code: "E605" })])
    save(shop.path, "samples/m.json", `{ "m": 1 }`)
    const ready = await gateway.next(({ event }) => event === "ready")
    expect(await answer(ready.url ?? "", "/m")).toBe(`{"m":1}`)
  })
})

it.concurrent(
  "taking a refused save back is told, and the same mistake is told again when it is made again",
  async () => {
    using shop = folder({ "gateway.config.ts": numbered(1) })
    await using gateway = await serving(shop.path)
    for (let round = 0; round < 2; round++) {
      save(shop.path, "gateway.config.ts", "export default 1\n")
      await gateway.next(({ outcome }) => outcome === "refused")
      save(shop.path, "gateway.config.ts", numbered(1))
      const back = await gateway.next(({ outcome }) => outcome === "unchanged")
      expect(back).toMatchObject({ generation: 1, issues: [] })
    }
  },
)

it.concurrent(
  "`bellhop dev` waits with a config that is broken from the start, and with one that is not there yet",
  async () => {
    using shop = folder()
    await using gateway = run(["dev", "--json"], shop.path)
    const missing = await gateway.next(({ outcome }) => outcome === "refused")
    expect(missing).toMatchObject({ generation: 0, issues: [{ code: "E109" }] })
    save(shop.path, "gateway.config.ts", numbered(1, `timeuot: "1s",`))
    const typo = await gateway.next(({ outcome }) => outcome === "refused")
    expect(typo).toMatchObject({ generation: 0, issues: [{ code: "E201", line: 6, column: 3 }] })
    save(shop.path, "gateway.config.ts", numbered(1))
    const ready = await gateway.next(({ event }) => event === "ready")
    expect(await answer(ready.url ?? "")).toBe("1")
  },
)

describe.concurrent("`bellhop start` ends with exit code 3", () => {
  it.each([
    { what: "a broken config", files: { "gateway.config.ts": numbered(1, `timeuot: "1s",`) }, code: "E201" },
    { what: "a config that does not parse", files: { "gateway.config.ts": "export default {\n" }, code: "E101" },
    { what: "no config", files: {}, code: "E109" },
  ])("for $what", async ({ files, code }) => {
    using shop = folder(files)
    await using gateway = run(["start", "--json"], shop.path)
    expect(await gateway.exited).toBe(3)
    expect(gateway.events).toEqual([
      expect.objectContaining({ event: "reload", outcome: "refused", issues: [expect.objectContaining({ code })] }),
    ])
  })
})

// Its ten seconds pass while the others run.
it.concurrent(
  "a save that never finishes loading is refused after its time, and the last good config serves on",
  async () => {
    const source = marked(`import { defineGateway } from "bellhop"

⟦await new Promise<void>(() => {})

export default defineGateway({ routes: { "GET /n": { reply: { body: "never" } } } })
`)
    using shop = folder({ "gateway.config.ts": numbered(1) })
    await using gateway = await serving(shop.path)
    save(shop.path, "gateway.config.ts", source?.text ?? "")
    const refused = await gateway.next(({ outcome }) => outcome === "refused")
    expect(refused.issues).toEqual([
      expect.objectContaining({
        code: "E105",
        file: "gateway.config.ts",
        line: source?.line,
        column: source?.column,
        message: "The config was not loaded within 10s.",
        fix: "Take out the await that never ends, or give it a time limit.",
      }),
    ])
    expect(await answer(gateway.url)).toBe("1")
    save(shop.path, "gateway.config.ts", numbered(2))
    await gateway.next(({ outcome, generation }) => outcome === "applied" && generation === 2)
    expect(await answer(gateway.url)).toBe("2")
  },
)

it.concurrent("a save that never finishes loading is given up for the next save, without a word", async () => {
  using shop = folder({ "gateway.config.ts": numbered(1) })
  await using gateway = await serving(shop.path)
  using upstream = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => (told.resolve(), new Response("told")) })
  const told = Promise.withResolvers<void>()
  save(
    shop.path,
    "gateway.config.ts",
    `await fetch("${upstream.url}")\nawait new Promise<void>(() => {})\n${numbered(2)}`,
  )
  await told.promise
  save(shop.path, "gateway.config.ts", numbered(3))
  await gateway.next(({ outcome, generation }) => outcome === "applied" && generation === 2)
  expect(await answer(gateway.url)).toBe("3")
  expect(gateway.events.filter(({ outcome }) => outcome === "refused")).toEqual([])
})
