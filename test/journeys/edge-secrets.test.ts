import { writeFileSync } from "node:fs"
import { join } from "node:path"

import { describe, expect, it, vi } from "vitest"

import { executable, folder } from "../support/executable.ts"
import { configSource, gateway } from "../support/gateway.ts"
import { ask } from "../support/raw.ts"
import { save } from "../support/saves.ts"
import { freePort, rawUpstream } from "../support/upstream.ts"

/** Everything that the executable says when it is called. */
async function said(cwd: string, ...args: string[]): Promise<{ text: string; code: number }> {
  const child = Bun.spawn([executable, ...args], {
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd, PLANTED: "planted-env" },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  })
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { text: out + err, code }
}

const body = (secret: string): string => `{ routes: { "GET /n": { reply: { headers: { "x-n": ${secret} } } } } }`

describe("secrets", () => {
  it("come from commands, and are renewed as often as the config says", async () => {
    await using bellhop = await gateway(body('exec(["cat", "token"], { every: "50ms" })'), {
      files: { token: "one\n" },
    })
    expect((await ask(bellhop.url, "/n")).get("x-n")).toBe("one")
    writeFileSync(join(bellhop.folder.path, "token"), "")
    writeFileSync(join(bellhop.folder.path, "token"), "two\n")
    await bellhop.next(({ event, generation }) => event === "reload" && generation === 2)
    expect((await ask(bellhop.url, "/n")).get("x-n")).toBe("two")
  })

  it("keep their value while their command fails", async () => {
    await using bellhop = await gateway(
      body('exec(["sh", "-c", "test ! -e broken && cat token"], { every: "50ms" })'),
      { files: { token: "one" } },
    )
    bellhop.folder.write("broken", "")
    await vi.waitUntil(() => bellhop.stderr().includes("Cannot renew"))
    expect(JSON.parse(bellhop.stderr().trim().split("\n").at(-1) ?? "")).toMatchObject({
      level: "warn",
      message: 'Cannot renew exec(["sh", …]): it ended with 1. Its value stays.',
    })
    expect((await ask(bellhop.url, "/n")).get("x-n")).toBe("one")
  })

  it("come from files, and change as these do", async () => {
    await using bellhop = await gateway(body('file("token")'), { files: { token: "one\n" }, args: ["--watch"] })
    expect((await ask(bellhop.url, "/n")).get("x-n")).toBe("one")
    save(bellhop.folder.path, "token", "two\n")
    await bellhop.next(({ event, generation }) => event === "reload" && generation === 2)
    expect((await ask(bellhop.url, "/n")).get("x-n")).toBe("two")
  })

  it("refuse the config when their command fails, with its name and nothing of what it was given or printed", async () => {
    using shop = folder({ "gateway.config.ts": configSource(body('exec(["sh", "-c", "echo planted; exit 4"])')) })
    const { text, code } = await said(shop.path, "check")
    expect(code).toBe(3)
    expect(text).toContain('E505 Cannot read exec(["sh", …]): it ended with 4.')
    expect(text.replace(/^.*│.*$|^.*\|.*$/gm, "")).not.toContain("planted")
  })

  it("show up nowhere", async () => {
    using upstream = await rawUpstream()
    const config = `{
      services: {
        shop: { url: env("URL") , headers: undefined },
        gone: file("planted-url"),
      },
      routes: {
        "/shop": { service: "shop", headers: { request: { set: { authorization: env("PLANTED"), "x-key": exec(["cat", "planted"]) } } } },
        "/gone": { service: "gone", headers: { request: { set: { "x-key": file("planted") } } } },
        "/list": { service: "gone", ipFilter: { deny: [file("planted-list")] }, bots: { deny: [file("planted-list")] } },
      },
    }`
    const files = {
      planted: "planted-file",
      "planted-url": `http://127.0.0.1:${await freePort()}`,
      "planted-list": "203.0.113.77",
    }
    const source = config.replace(", headers: undefined", "")
    await using bellhop = await gateway(source, {
      files,
      env: { PLANTED: "planted-env", URL: upstream.url },
      args: ["--watch"],
    })
    await ask(bellhop.url, "/shop")
    const { get } = await upstream.next("/shop")
    expect([get("authorization"), get("x-key")]).toEqual(["planted-env", "planted-file"])
    const gone = await ask(bellhop.url, "/gone")
    expect(gone.status).toBe(502)
    bellhop.folder.write(".env", `URL=${upstream.url}\n`)
    const seen = [gone.head, gone.body]
    for (const args of [
      ["check"],
      ["check", "--json"],
      ["routes"],
      ["routes", "--json"],
      ["explain", "GET /shop"],
      ["explain", "GET /shop", "--json"],
      ["explain", "GET /gone"],
      ["openapi"],
    ]) {
      const { text } = await said(bellhop.folder.path, ...args)
      expect(text, args.join(" ")).not.toBe("")
      seen.push(text)
    }
    for (const path of ["/", "/metrics", "/services", "/healthz", "/readyz"])
      seen.push(await (await fetch(bellhop.admin + path)).text())
    seen.push(await (await fetch(`${bellhop.admin}/reload`, { method: "POST" })).text())
    // A config that is refused says where, and quotes nothing of what it was given.
    save(bellhop.folder.path, "planted-list", "203.0.113.77\nplanted-nonsense\n")
    await bellhop.next(({ event, outcome }) => event === "reload" && outcome === "refused")
    seen.push(JSON.stringify(bellhop.events), bellhop.stderr())
    for (const text of seen) expect(text).not.toMatch(/planted-(?:env|file|nonsense)|203\.0\.113\.77/)
  })
})
