import { copyFileSync, mkdirSync, readdirSync } from "node:fs"
import { join } from "node:path"

import { expect, it } from "vitest"

import { executable, type Folder, folder } from "../support/executable.ts"
import { ask } from "../support/raw.ts"

/** A folder with nothing but the executable, and one to start it with: no PATH, no home, no Node. */
function alone(): Folder & { start(...args: string[]): Bun.Subprocess<"ignore", "pipe", "pipe"> } {
  const made = folder()
  mkdirSync(join(made.path, "bin"))
  mkdirSync(join(made.path, "shop"))
  const copy = join(made.path, "bin/bellhop")
  copyFileSync(executable, copy)
  return {
    ...made,
    start: (...args) =>
      Bun.spawn([copy, ...args], {
        cwd: join(made.path, "shop"),
        env: { NO_COLOR: "1" },
        stdin: "ignore",
        stdout: "pipe",
        stderr: "pipe",
      }),
  }
}

async function ended(child: Bun.Subprocess<"ignore", "pipe", "pipe">): Promise<{ code: number; out: string }> {
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { code, out: out + err }
}

it("the executable alone makes a config, checks it and serves it, without Node and without packages", async () => {
  using place = alone()
  const made = await ended(place.start("init"))
  expect(made).toMatchObject({ code: 0, out: expect.stringContaining("gateway.config.ts") })
  expect(await ended(place.start("check"))).toMatchObject({ code: 0 })

  const child = place.start("dev", "--port", "0")
  try {
    let out = ""
    const decoder = new TextDecoder()
    for await (const chunk of child.stdout) {
      out += decoder.decode(chunk, { stream: true })
      if (/admin\s+http\S+\s/.test(out)) break
    }
    const [, url = ""] = /gateway\s+(http:\S+)/.exec(out) ?? []
    const [, docs = ""] = /docs\s+(http:\S+)/.exec(out) ?? []
    const [, admin = ""] = /admin\s+(http:\S+)/.exec(out) ?? []

    const home = await ask(url, "/home/7")
    expect(home.status).toBe(200)
    expect(JSON.parse(home.body)).toEqual({
      user: { id: "7", name: "Ada" },
      orders: [expect.objectContaining({ item: "Tea" }), expect.objectContaining({ item: "Scones" })],
    })
    const user = await ask(url, "/users/3")
    expect(user.get("x-bellhop-source")).toMatch(/^mock; file=mocks\/user\/users\//)

    const page = await ask(docs, new URL(docs).pathname)
    expect(page.get("content-type")).toMatch(/^text\/html/)
    // Everything that the page loads comes from the executable.
    const loaded = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)]
      .map(([, at = ""]) => at)
      .filter((at) => !at.startsWith("data:"))
    expect(loaded.length).toBeGreaterThan(0)
    for (const at of loaded) {
      expect(at).toMatch(/^\/(?!\/)/)
      expect((await ask(url, at)).status).toBe(200)
    }
    const document = JSON.parse((await ask(url, "/openapi.json")).body) as { openapi: string; paths: object }
    expect(document.openapi).toMatch(/^3\./)
    expect(Object.keys(document.paths).sort()).toEqual(["/home/{id}", "/orders", "/users/{id}"])
    expect((await ask(url, "/openapi.yaml")).body).toMatch(/^openapi: /m)
    expect((await ask(admin, "/readyz", { host: "localhost" })).status).toBe(200)

    child.kill("SIGTERM")
    expect(await child.exited).toBe(0)
  } finally {
    child.kill("SIGKILL")
    await child.exited
  }
  const files = readdirSync(place.path, { recursive: true, encoding: "utf8" })
  expect(files.filter((file) => file.includes("node_modules") || file.endsWith("package.json"))).toEqual([])
})
