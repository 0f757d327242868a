import { describe, expect, it, vi } from "vitest"

import { folder, serving } from "../support/executable.ts"
import { configSource, gateway } from "../support/gateway.ts"
import { bellhopUsage, load, requestsIn, usageLines } from "../support/usage.ts"

const counting = `{
  store: "sqlite",
  usage: true,
  defaults: { quota: {} },
  routes: {
    "GET /x": { reply: { body: "ok" } },
    "GET /down": { reply: { status: 503 } },
    "GET /stream": {
      handler: () => new Response(new ReadableStream({
        async pull(controller) {
          controller.enqueue(new TextEncoder().encode("0123456789"))
          controller.close()
        },
      })),
    },
  },
}`

const adminUsage = async (admin: string, query: string, accept = "application/json"): Promise<Response> =>
  fetch(`${admin}/usage?${query}`, { headers: { accept } })

const told = async (admin: string): Promise<number> => {
  const { usage } = (await (await adminUsage(admin, "by=route")).json()) as { usage: Parameters<typeof requestsIn>[0] }
  return requestsIn(usage)
}

describe("usage", () => {
  it("differs from what was served by one second at most after kill -9 during load, and is never more", async () => {
    using place = folder({ "gateway.config.ts": configSource(counting) })
    let before = 0
    for (let round = 0; round < 3; round++) {
      await using running = await serving(place.path, { command: "start" })
      const { served, done } = load(running.url)
      // Most of what was served has to be older than a second, or nothing would be expected of the account.
      await vi.waitFor(() => expect(served[100]).toBeLessThan(performance.now() - 2000), { timeout: 15_000 })
      const killed = performance.now()
      running.kill("SIGKILL")
      await Promise.all([done, running.exited])
      const counted = requestsIn(await usageLines(place.path, "route")) - before
      const lastSecond = served.filter((time) => time > killed - 1000).length
      expect(served.length - lastSecond).toBeGreaterThan(100)
      expect(counted).toBeLessThanOrEqual(served.length)
      expect(counted).toBeGreaterThanOrEqual(served.length - lastSecond)
      before += counted
    }
  })

  it("is exactly what was served when the gateway was asked to stop, during load", async () => {
    await using bellhop = await gateway(counting)
    const { path } = bellhop.folder
    const { served, done } = load(bellhop.url)
    await vi.waitFor(() => expect(served.length).toBeGreaterThan(300))
    bellhop.kill("SIGTERM")
    expect(await bellhop.exited).toBe(0)
    await done
    expect(requestsIn(await usageLines(path, "route"))).toBe(served.length)
  })

  it("is not lost with a reload, and is counted on by the next config", async () => {
    await using bellhop = await gateway(counting, { command: "dev" })
    await load(bellhop.url, { enough: 50 }).done
    bellhop.folder.write("gateway.config.ts", configSource(counting.replace('"GET /down"', '"GET /other"')))
    await bellhop.next(({ generation }) => generation === 2)
    await load(bellhop.url, { enough: 50 }).done
    await vi.waitFor(async () => expect(await told(bellhop.admin)).toBe(100))
  })

  it("counts what passed: no failures of services, and the bytes of streams", async () => {
    await using bellhop = await gateway(counting)
    for (const path of ["/x", "/down", "/stream", "/none"]) await (await fetch(bellhop.url + path)).text()
    await vi.waitFor(async () =>
      expect(await (await adminUsage(bellhop.admin, "by=route")).json()).toMatchObject({
        usage: [
          { route: "GET /stream", meters: { requests: 1, bytes: 10 } },
          { route: "GET /x", meters: { requests: 1, bytes: 2 } },
        ],
      }),
    )
    const csv = await adminUsage(bellhop.admin, "by=route,plan", "text/csv")
    expect(csv.headers.get("content-type")).toBe("text/csv; charset=utf-8")
    expect(await csv.text()).toBe("route,plan,requests,bytes\r\nGET /stream,,1,10\r\nGET /x,,1,2\r\n")
    const wrong = await adminUsage(bellhop.admin, "by=colour")
    expect([wrong.status, await wrong.json()]).toEqual([
      400,
      { status: 400, detail: expect.stringMatching(/^Cannot group usage by "colour"/) as string },
    ])
  })
})

describe("bellhop usage", () => {
  it("tells while the gateway runs, as a table, as CSV and as JSON", async () => {
    await using bellhop = await gateway(counting)
    const { path } = bellhop.folder
    await load(bellhop.url, { clients: 1, enough: 1234 }).done
    await vi.waitFor(async () => expect(await told(bellhop.admin)).toBe(1234))
    expect(await bellhopUsage(path, "--by", "route")).toEqual({
      code: 0,
      out: "ROUTE    REQUESTS   BYTES\nGET /x      1,234   2,468\n",
      err: "",
    })
    expect((await bellhopUsage(path, "--by", "route", "--csv")).out).toBe(
      "route,requests,bytes\r\nGET /x,1234,2468\r\n",
    )
    expect(JSON.parse((await bellhopUsage(path, "--json", "--since", "1h")).out)).toMatchObject({
      by: ["identity"],
      usage: [{ identity: null, meters: { requests: 1234, bytes: 2468 } }],
    })
  })

  it("asks the running gateway where usage lives in its memory, which the gateway says when it starts", async () => {
    await using bellhop = await gateway(counting.replace('"sqlite"', '"memory"'))
    const { path } = bellhop.folder
    expect(bellhop.stderr()).toContain("Usage is counted in memory only, and is gone when this process ends.")
    await load(bellhop.url, { clients: 1, enough: 7 }).done
    await vi.waitFor(async () => expect(await told(bellhop.admin)).toBe(7))
    const asked = await bellhopUsage(path, "--by", "route", "--csv", "--admin", bellhop.admin)
    expect(asked).toEqual({ code: 0, out: "route,requests,bytes\r\nGET /x,7,14\r\n", err: "" })
    const unknown = await bellhopUsage(path)
    expect(unknown).toMatchObject({ code: 1, out: "" })
    expect(unknown.err).toContain("on a port that the config leaves open: say where with --admin URL.")
    bellhop.kill()
    await bellhop.exited
    const gone = await bellhopUsage(path, "--admin", bellhop.admin)
    expect(gone).toMatchObject({ code: 1, out: "" })
    expect(gone.err).toContain(`none answers at ${bellhop.admin}`)
  })

  it("says what is missing, and what it cannot read", async () => {
    await using bellhop = await gateway({ routes: { "/x": { reply: {} } } })
    const { path } = bellhop.folder
    const none = await bellhopUsage(path)
    expect([none.code, none.err]).toEqual([
      1,
      "error The config keeps no account of usage. Add usage: true, and a quota to the routes.\n",
    ])
    const wrong = await bellhopUsage(path, "--since", "yesterday")
    expect(wrong.code).toBe(2)
    expect(wrong.err).toContain('Cannot read the time "yesterday"')
    expect(await bellhopUsage(path, "--csv", "--json")).toMatchObject({ code: 2, out: "" })
    expect((await adminUsage(bellhop.admin, "")).status).toBe(404)
  })
})
