import { copyFileSync, existsSync } from "node:fs"
import { join } from "node:path"

import { describe, expect, it } from "vitest"

import { executable, folder, run, serving } from "../support/executable.ts"
import { rssOf } from "../support/reload-load.ts"
import { answer, numbered, save } from "../support/saves.ts"

describe.each(["dev", "start"] as const)("`bellhop %s`", (command) => {
  it("answers once it says that it is ready, and occupies less than 90 MB", async () => {
    using shop = folder({ "gateway.config.ts": numbered(1) })
    await using gateway = await serving(shop.path, { command })
    expect(await answer(gateway.url)).toBe("1")
    expect((await fetch(`${gateway.admin}/readyz`)).status).toBe(200)
    expect(rssOf(gateway.pid)).toBeLessThan(90)
  })

  it("takes a config elsewhere, whose files and .env are looked for beside it", async () => {
    const config = numbered(1)
      .replace("\n\n", `\nimport { greeting } from "./greeting.ts"\n\n`)
      .replace('"1"', "`${greeting} ${process.env.NAME}`")
    using root = folder({
      "shop/gateway.config.ts": config,
      "shop/greeting.ts": `export const greeting = "hello"\n`,
      "shop/.env": "NAME=shop\n",
      ".env": "NAME=nobody\n",
    })
    await using gateway = await serving(root.path, { command, args: ["--config", "shop/gateway.config.ts"] })
    expect(await answer(gateway.url)).toBe("hello shop")
    expect(existsSync(join(root.path, ".bellhop"))).toBe(false)
  })

  it("tells of the first config before it says that it is ready, and of both once", async () => {
    using shop = folder({ "gateway.config.ts": numbered(1) })
    await using gateway = await serving(shop.path, { command })
    expect(gateway.events).toEqual([
      { event: "reload", outcome: "applied", generation: 1, issues: [] },
      expect.objectContaining({ event: "ready", url: gateway.url, admin: gateway.admin }),
    ])
    expect(gateway.stderr()).toBe("")
  })
})

it("a save in the very moment in which the gateway gets ready is not lost", async () => {
  using shop = folder({ "gateway.config.ts": numbered(1) })
  await using gateway = run(["dev", "--json", "--no-types"], shop.path)
  await gateway.next(({ outcome }) => outcome === "applied")
  save(shop.path, "gateway.config.ts", numbered(2))
  const ready = await gateway.next(({ event }) => event === "ready")
  await gateway.next(({ outcome, generation }) => outcome === "applied" && generation === 2)
  expect(await answer(ready.url ?? "")).toBe("2")
})

it("`bellhop dev` still checks types after its own file was replaced by an update", async () => {
  using shop = folder({ "gateway.config.ts": numbered(1) })
  copyFileSync(executable, join(shop.path, "bellhop"))
  await using gateway = run(["dev", "--json"], shop.path, {}, join(shop.path, "bellhop"))
  await gateway.next(({ outcome }) => outcome === "applied")
  save(shop.path, "bellhop", "#!/bin/sh\nexit 1\n")
  save(shop.path, "gateway.config.ts", `${numbered(2)}\nexport const typo: number = "text"\n`)
  expect(await gateway.next(({ outcome }) => outcome === "refused")).toMatchObject({
    issues: [{ code: "E901", line: 13 }],
  })
  save(shop.path, "gateway.config.ts", numbered(3))
  expect(await gateway.next(({ outcome }) => outcome === "applied")).toMatchObject({ issues: [] })
})
