import { createHash } from "node:crypto"

import { Elysia } from "elysia"
import { describe, expect, it, vi } from "vitest"

import { docs } from "../../src/server/docs.ts"

// The test runner runs every import as a module; here, as in a build, these two are the places of files.
vi.mock("swagger-ui-dist/swagger-ui-bundle.js", () => ({
  default: Bun.resolveSync("swagger-ui-dist/swagger-ui-bundle.js", import.meta.dirname),
}))
vi.mock("swagger-ui-dist/swagger-ui.css", () => ({
  default: Bun.resolveSync("swagger-ui-dist/swagger-ui.css", import.meta.dirname),
}))

const shop = (title = "Shop") => ({ openapi: "3.1.0", info: { title, version: "1.0" }, paths: {} })

const appWith = (document: () => Record<string, unknown>, jsonPath?: string) =>
  new Elysia({ handler: { standardHostname: false } })
    .use(docs({ path: "/docs", document, ...(jsonPath === undefined ? {} : { jsonPath }) }))
    .all("/*", ({ request }) => `gateway: ${request.method} ${new URL(request.url).pathname}`, { parse: "none" })

const ask = async (app: ReturnType<typeof appWith>, path: string, init?: RequestInit) =>
  app.handle(new Request(`http://localhost${path}`, init))

describe("docs()", () => {
  it("serves a page that loads nothing from elsewhere", async () => {
    const response = await ask(appWith(shop), "/docs")
    const html = await response.text()
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8")
    expect([...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, url]) => url?.split(",")[0])).toEqual([
      "/docs/ui.css",
      "data:image/svg+xml",
      "/docs/ui.js",
    ])
    expect(html).not.toMatch(/https?:/)
    expect(html).toContain('"url":"/openapi.json"')
    expect(html).toContain("<title>Shop</title>")
  })

  it("allows exactly the scripts of the page to run, and requests to the own origin", async () => {
    const response = await ask(appWith(shop), "/docs")
    const inline = [...(await response.text()).matchAll(/<script>([^]*?)<\/script>/g)].map(([, code = ""]) => code)
    const hashes = inline.map((code) => `'sha256-${createHash("sha256").update(code).digest("base64")}'`)
    expect(hashes).toHaveLength(2)
    expect(response.headers.get("content-security-policy")?.split("; ")).toEqual([
      "default-src 'none'",
      `script-src 'self' ${hashes.join(" ")}`,
      "style-src 'self'",
      "img-src 'self' data:",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ])
    expect(response.headers.get("x-content-type-options")).toBe("nosniff")
  })

  it("writes the title of a document as text", async () => {
    const html = await (
      await ask(
        appWith(() => shop('</title><script>"'.repeat(2))),
        "/docs",
      )
    ).text()
    expect(html).toContain("<title>&lt;/title&gt;&lt;script&gt;&quot;")
    expect(html.match(/<script/g)).toHaveLength(3)
  })

  it("serves the script and the style of the page from the package", async () => {
    const app = appWith(shop)
    const script = await ask(app, "/docs/ui.js")
    expect(script.headers.get("content-type")).toBe("text/javascript; charset=utf-8")
    expect(await script.text()).toContain("SwaggerUIBundle")
    const style = await ask(app, "/docs/ui.css")
    expect(style.headers.get("content-type")).toBe("text/css; charset=utf-8")
    const css = await style.text()
    expect(css).toContain(".swagger-ui")
    expect(css).not.toMatch(/@import|url\(["']?(?:https?:)?\/\//)
  })

  it("serves the document as JSON and as YAML", async () => {
    const app = appWith(shop)
    const json = await ask(app, "/openapi.json")
    expect([json.headers.get("content-type"), await json.json()]).toEqual(["application/json", shop()])
    const yaml = await ask(app, "/openapi.yaml")
    expect([yaml.headers.get("content-type"), Bun.YAML.parse(await yaml.text())]).toEqual(["application/yaml", shop()])
  })

  it("serves the document and the title of the generation served now", async () => {
    let current = shop("First")
    const app = appWith(() => current)
    const first = (await ask(app, "/openapi.json")).headers.get("etag") ?? ""
    expect((await ask(app, "/openapi.json", { headers: { "if-none-match": first } })).status).toBe(304)
    current = shop("Second")
    const second = await ask(app, "/openapi.json", { headers: { "if-none-match": first } })
    expect(await second.json()).toEqual(shop("Second"))
    expect(await (await ask(app, "/docs")).text()).toContain("<title>Second</title>")
  })

  it("serves the document at the path it is told, with the YAML beside it", async () => {
    const app = appWith(shop, "/api/spec")
    expect(await (await ask(app, "/api/spec")).json()).toEqual(shop())
    expect((await ask(app, "/api/spec.yaml")).headers.get("content-type")).toBe("application/yaml")
    expect(await (await ask(app, "/docs")).text()).toContain('"url":"/api/spec"')
    expect(await (await ask(app, "/openapi.json")).text()).toBe("gateway: GET /openapi.json")
  })

  it.each([
    ["GET", "/docs/json"],
    ["GET", "/swagger"],
    ["GET", "/swagger/json"],
    ["GET", "/docs/ui.js/x"],
    ["GET", "/docsx"],
    ["POST", "/docs"],
    ["DELETE", "/openapi.json"],
  ])("leaves %s %s to the gateway", async (method, path) => {
    expect(await (await ask(appWith(shop), path, { method })).text()).toBe(`gateway: ${method} ${path}`)
  })

  it.each(["/docs", "/docs/ui.js", "/openapi.json"])("answers HEAD %s without a body", async (path) => {
    const response = await ask(appWith(shop), path, { method: "HEAD" })
    expect([response.status, await response.text()]).toEqual([200, ""])
    expect(Number(response.headers.get("content-length"))).toBeGreaterThan(0)
  })

  it.each(["docs", "/docs/", "/", "/:id", "/*", '/"', "/a b"])("refuses the path %j when it is built", (path) => {
    expect(() => docs({ path, document: shop })).toThrow(`Cannot serve docs at "${path}"`)
    expect(() => docs({ path: "/docs", jsonPath: path, document: shop })).toThrow(`Cannot serve docs at "${path}"`)
  })
})
