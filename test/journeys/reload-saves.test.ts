import { mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"

import { describe, expect, it } from "vitest"

import { type Folder, folder, type Running, serving } from "../support/executable.ts"
import { answer, numbered, save } from "../support/saves.ts"

const applied = (gateway: Running): Promise<unknown> => gateway.next(({ outcome }) => outcome === "applied")

/** What a path answers, once it answers this; every step on the way to it is a reload that was applied. */
async function live(gateway: Running & { url: string }, path: string, wanted: string): Promise<string> {
  for (;;) {
    const text = (await answer(gateway.url, path)).replaceAll('"', "")
    if (text === wanted) return text
    await applied(gateway)
  }
}

/** A gateway over a config in a folder of its own below another, past its first load. */
async function following(files: Readonly<Record<string, string>>) {
  const root = folder(Object.fromEntries(Object.entries(files).map(([file, text]) => [join("shop", file), text])))
  const gateway = await serving(join(root.path, "shop"))
  await applied(gateway)
  return {
    root,
    shop: join(root.path, "shop"),
    gateway,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]()
      root[Symbol.dispose]()
    },
  }
}

const importing = (path: string, attributes = ""): string =>
  numbered(0).replace("\n\n", `\nimport value from "${path}"${attributes}\n\n`).replace('body: "0"', "body: value.n")

describe("a save is live when it is of", () => {
  it.each<{ what: string; files: Record<string, string>; saved: string; contents: [string, string]; path?: string }>([
    {
      what: "an imported file",
      files: { "gateway.config.ts": importing("./parts/value.ts") },
      saved: "shop/parts/value.ts",
      contents: [`export default { n: "one" }\n`, `export default { n: "two" }\n`],
    },
    {
      what: "an imported file outside of the config's folder",
      files: { "gateway.config.ts": importing("../shared/deep/value.ts") },
      saved: "shared/deep/value.ts",
      contents: [`export default { n: "one" }\n`, `export default { n: "two" }\n`],
    },
    {
      what: "a file that an imported file imports",
      files: {
        "gateway.config.ts": importing("./value.ts"),
        "value.ts": `import { n } from "../shared/n.ts"\nexport default { n }\n`,
      },
      saved: "shared/n.ts",
      contents: [`export const n = "one"\n`, `export const n = "two"\n`],
    },
    {
      what: "an imported JSON file",
      files: { "gateway.config.ts": importing("./value.json") },
      saved: "shop/value.json",
      contents: [`{ "n": "one" }`, `{ "n": "two" }`],
    },
    {
      what: "a JSON mock",
      files: {
        "gateway.config.ts": numbered(0, `services: { cart: { mock: "mock" } },`, `"GET /cart": "cart",`),
      },
      saved: "shop/mocks/cart/cart.GET.json",
      contents: [`"one"`, `"two"`],
      path: "/cart",
    },
    {
      what: "a mock in TypeScript",
      files: {
        "gateway.config.ts": numbered(0, `services: { cart: { mock: "mock" } },`, `"GET /cart": "cart",`),
      },
      saved: "shop/mocks/cart/cart.GET.ts",
      contents: [`export default () => "one"\n`, `export default () => "two"\n`],
      path: "/cart",
    },
    {
      what: "a file outside of mocks/ that a mock imports",
      files: {
        "gateway.config.ts": numbered(0, `services: { cart: { mock: "mock" } },`, `"GET /cart": "cart",`),
        "mocks/cart/cart.GET.ts": `import { n } from "../../../shared/n.ts"\nexport default () => n\n`,
      },
      saved: "shared/n.ts",
      contents: [`export const n = "one"\n`, `export const n = "two"\n`],
      path: "/cart",
    },
    {
      what: "a mock file that a route names",
      files: { "gateway.config.ts": numbered(0, "", `"GET /m": { mock: "samples/m.json" },`) },
      saved: "shop/samples/m.json",
      contents: [`"one"`, `"two"`],
      path: "/m",
    },
    {
      what: ".env",
      files: { "gateway.config.ts": numbered(0).replace('"0"', "process.env.NUMBER ?? null") },
      saved: "shop/.env",
      contents: ["NUMBER=one\n", "NUMBER=two\n"],
    },
  ])("$what", async ({ files, saved, contents: [one, two], path = "/n" }) => {
    const first = join("..", saved)
    await using shop = await following({ ...files, [first]: one })
    const { gateway, root } = shop
    expect((await answer(gateway.url, path)).replaceAll('"', "")).toBe("one")
    save(root.path, saved, two)
    expect(await live(gateway, path, "two")).toBe("two")
  })

  it("a mock in a mocks/ folder that was not there", async () => {
    const config = numbered(0, `services: { cart: { mock: "mock" } },`, `"GET /carts/all": "cart",`)
    await using shop = await following({ "gateway.config.ts": config })
    save(shop.shop, "mocks/cart/carts/all.GET.json", `"there"`)
    expect(await live(shop.gateway, "/carts/all", "there")).toBe("there")
    save(shop.shop, "mocks/cart/carts/all.GET.json", `"changed"`)
    expect(await live(shop.gateway, "/carts/all", "changed")).toBe("changed")
  })

  it("a mock in a folder that mocks/ links to", async () => {
    const config = numbered(0, `services: { cart: { mock: "mock" } },`, `"GET /cart": "cart",`)
    await using shop = await following({ "gateway.config.ts": config, "../elsewhere/cart.GET.json": `"one"` })
    mkdirSync(join(shop.shop, "mocks"))
    symlinkSync("../../elsewhere", join(shop.shop, "mocks/cart"))
    expect(await live(shop.gateway, "/cart", "one")).toBe("one")
    save(shop.root.path, "elsewhere/cart.GET.json", `"two"`)
    expect(await live(shop.gateway, "/cart", "two")).toBe("two")
  })

  it("a folder of a ConfigMap, whose links are swapped", async () => {
    using root = folder({ "v0/gateway.config.ts": numbered(0), "v1/gateway.config.ts": numbered(1) })
    symlinkSync("v0", join(root.path, "..data"))
    symlinkSync("..data/gateway.config.ts", join(root.path, "gateway.config.ts"))
    await using gateway = await serving(root.path)
    await applied(gateway)
    expect(await answer(gateway.url)).toBe("0")
    symlinkSync("v1", join(root.path, "..data_tmp"))
    renameSync(join(root.path, "..data_tmp"), join(root.path, "..data"))
    expect(await live(gateway, "/n", "1")).toBe("1")
  })
})

describe("of saves that come faster than reloads", () => {
  const ways: Record<string, (shop: Folder, n: number) => void> = {
    "a write over the file": ({ path }, n) => writeFileSync(join(path, "gateway.config.ts"), numbered(n)),
    "a rename over the file": ({ path }, n) => save(path, "gateway.config.ts", numbered(n)),
    "a file deleted and made again": ({ path }, n) => {
      rmSync(join(path, "gateway.config.ts"), { force: true })
      writeFileSync(join(path, "gateway.config.ts"), numbered(n))
    },
    "a link to another file": ({ path }, n) => {
      mkdirSync(join(path, `v${n}`))
      writeFileSync(join(path, `v${n}/gateway.config.ts`), numbered(n))
      symlinkSync(`v${n}/gateway.config.ts`, join(path, "link"))
      renameSync(join(path, "link"), join(path, "gateway.config.ts"))
    },
  }
  const mixed = Object.values(ways)
  const all = { ...ways, "any of these": (shop: Folder, n: number) => mixed[n % mixed.length]?.(shop, n) }

  it.each(Object.entries(all).map(([way, write]) => ({ way, write })))(
    "the last is served: $way",
    async ({ write }) => {
      using shop = folder({ "gateway.config.ts": numbered(0) })
      await using gateway = await serving(shop.path, { args: ["--no-types"] })
      await applied(gateway)
      for (let n = 1; n <= 100; n++) {
        write(shop, n)
        // Some in one burst, some while a reload is under way.
        if (n % 10 === 0) await answer(gateway.url)
      }
      while ((await answer(gateway.url)) !== "100") await applied(gateway)
      expect(await answer(gateway.url)).toBe("100")
    },
  )
})

describe("a save that changes nothing is no reload:", () => {
  const same: Record<string, (file: string) => void> = {
    "the same text": (file) => writeFileSync(file, numbered(0)),
    "the same text in a new file": (file) => {
      unlinkSync(file)
      writeFileSync(file, numbered(0))
    },
    "another time of change": (file) => utimesSync(file, 1, 1),
  }
  it.each(Object.entries(same).map(([what, write]) => ({ what, write })))("$what", async ({ write }) => {
    await using shop = await following({ "gateway.config.ts": numbered(0) })
    write(join(shop.shop, "gateway.config.ts"))
    // A question that comes later is answered later: had the save been a reload, it would be in between.
    const asked = await fetch(`${shop.gateway.admin}/reload`, { method: "POST" })
    expect(await asked.json()).toEqual({ outcome: "unchanged", generation: 1, issues: [] })
    expect(shop.gateway.events.filter(({ outcome }) => outcome === "applied")).toHaveLength(1)
  })
})

it("each reload is told once, however many saves it is for", async () => {
  await using shop = await following({ "gateway.config.ts": numbered(0) })
  const { gateway } = shop
  for (let n = 1; n <= 60; n++) {
    save(shop.shop, "gateway.config.ts", numbered(n))
    if (n % 3 === 0) await answer(gateway.url)
  }
  expect(await live(gateway, "/n", "60")).toBe("60")
  // A question that comes later is told later.
  await (await fetch(`${gateway.admin}/reload`, { method: "POST" })).text()
  await gateway.next(({ outcome }) => outcome === "unchanged")
  const told = gateway.events.filter(({ outcome }) => outcome === "applied").map(({ generation }) => generation)
  expect(told).toEqual(told.map((_, index) => index + 1))
})
