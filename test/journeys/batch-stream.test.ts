import { describe, expect, it } from "vitest"

import { executable, folder } from "../support/executable.ts"
import { configSource, gateway } from "../support/gateway.ts"
import { rawUpstream } from "../support/upstream.ts"

const answer = (body: string): string =>
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`

describe("a batch that streams", () => {
  const config = (service: string) => ({
    services: { inner: service },
    routes: { "GET /inner/*": "inner", "POST /batch": { batch: { routes: ["GET /inner/*"], stream: "ndjson" } } },
  })
  const post = (url: string, requests: unknown, signal?: AbortSignal): Promise<Response> =>
    fetch(`${url}/batch`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(requests),
      ...(signal ? { signal } : {}),
    })

  it("sends each answer when it is there, also after a reload that took its routes away", async () => {
    const late = Promise.withResolvers<void>()
    using inner = await rawUpstream(async ({ target }) => {
      if (target === "/inner/late") await late.promise
      return answer(JSON.stringify(target))
    })
    await using served = await gateway(config(inner.url), { command: "dev" })
    const response = await post(served.url, [
      { id: "late", path: "/inner/late" },
      { id: "soon", path: "/inner/soon" },
      { path: "nonsense" },
    ])
    expect(response.headers.get("content-type")).toBe("application/x-ndjson")
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    const read = async (): Promise<string> => new TextDecoder().decode((await reader.read()).value)
    let text = ""
    while (text.split("\n").length < 3) text += await read()
    const lines = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { index: number; id: unknown; status: number })
    expect(lines.map(({ index, id, status }) => [index, id, status])).toEqual([
      [2, 2, 400],
      [1, "soon", 200],
    ])
    served.folder.write(
      "gateway.config.ts",
      `import { defineGateway } from "bellhop"\nexport default defineGateway({ listen: { host: "127.0.0.1", port: 0 }, admin: { port: 0 }, routes: { "/new": { reply: {} } } })\n`,
    )
    expect(await served.next(({ event }) => event === "reload")).toMatchObject({ outcome: "applied" })
    late.resolve()
    expect(JSON.parse(await read())).toMatchObject({ index: 0, id: "late", status: 200, body: "/inner/late" })
    expect((await reader.read()).done).toBe(true)
  })

  it("ends all of its requests when the client leaves", async () => {
    using silent = await rawUpstream(({ target }) => (target === "/inner/soon" ? answer("1") : undefined))
    await using served = await gateway(config(silent.url))
    const left = new AbortController()
    const response = await post(served.url, [{ path: "/inner/soon" }, { path: "/inner/a" }], left.signal)
    await response.body?.getReader().read()
    const asked = await silent.next("/inner/a")
    left.abort()
    await asked.gone
  })
})

describe("a batch in the commands", () => {
  const config = (key: string): string => `{
  routes: {
    "GET /cart": { reply: { body: "cart" } },
    "POST /batch": { batch: { routes: ["${key}"], limit: 5 } },
  },
}`
  const bellhop = (cwd: string, ...args: string[]): string => {
    const { stdout, stderr } = Bun.spawnSync([executable, ...args], { cwd, env: { HOME: cwd } })
    return stdout.toString() + stderr.toString()
  }

  it("is explained, listed and documented", async () => {
    await using served = await gateway(config("GET /cart"), { command: "dev" })
    const { path } = served.folder
    expect(bellhop(path, "explain", "POST /batch")).toContain('batch { routes: ["GET /cart"], limit: 5 }')
    expect(bellhop(path, "explain", "batch.maxAnswers")).toContain("502")
    expect(bellhop(path, "explain", "batch").replace(/\s+/g, " ")).toContain("this is no transaction")
    expect(bellhop(path, "routes")).toMatch(/POST +\/batch +batch/)
    const document = (await (await fetch(`${served.url}/openapi.json`)).json()) as {
      paths: Record<string, { post?: object }>
    }
    expect(document.paths["/batch"]?.post).toMatchObject({
      "x-bellhop-target": "batch",
      requestBody: { description: "Requests to `GET /cart`." },
    })
  })

  it("is refused with the place of a route that is not there, and what may be meant", () => {
    using made = folder({ "gateway.config.ts": configSource(config("GET /crat")) })
    const said = bellhop(made.path, "check")
    expect(said).toMatch(/gateway\.config\.ts:9:40 +E309 Unknown route "GET \/crat"\. Did you mean "GET \/cart"\?/)
  })
})
