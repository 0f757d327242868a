import { describe, expect, it } from "vitest"

import { askJson, type JsonQuestion } from "../../../src/core/oauth/ask-json.ts"

/** Asks a server that answers so. */
async function answered(answer: (request: Request) => Response | Promise<Response>, more: Partial<JsonQuestion> = {}) {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, development: false, fetch: answer })
  try {
    return await askJson({ url: `http://127.0.0.1:${server.port}/x`, timeout: 5_000, limit: 1_000, ...more })
  } finally {
    await server.stop(true)
  }
}

describe("askJson()", () => {
  it("gives the status and the object, whatever the status is", async () => {
    expect(await answered(() => Response.json({ a: 1 }))).toEqual({ status: 200, body: { a: 1 } })
    expect(await answered(() => Response.json({ error: "x" }, { status: 400 }))).toEqual({
      status: 400,
      body: { error: "x" },
    })
  })

  it("sends a form with its headers", async () => {
    const { body } = await answered(
      async (request) =>
        Response.json({
          method: request.method,
          type: request.headers.get("content-type"),
          auth: request.headers.get("authorization"),
          text: await request.text(),
        }),
      { form: new URLSearchParams({ a: "b c" }), headers: { authorization: "Basic eA==" } },
    )
    expect(body).toEqual({
      method: "POST",
      type: "application/x-www-form-urlencoded;charset=UTF-8",
      auth: "Basic eA==",
      text: "a=b+c",
    })
  })

  it.each<[why: string, answer: () => Response, reason: string]>([
    ["is a page", () => new Response("<html>"), "its answer is no JSON"],
    ["is a page of failure", () => new Response("<html>", { status: 502 }), "it answers with 502"],
    ["is a list", () => Response.json([]), "its answer is no JSON object"],
    ["is null", () => Response.json(null), "its answer is no JSON object"],
    ["leads elsewhere", () => Response.redirect("http://127.0.0.1:1/"), "it answers with a redirect (302)"],
    ["is too large", () => Response.json({ a: "b".repeat(2_000) }), "its answer is larger than 1000 bytes"],
    [
      "unpacks to too much",
      () =>
        new Response(Bun.gzipSync(JSON.stringify({ a: "b".repeat(100_000) })), {
          headers: { "content-encoding": "gzip" },
        }),
      "its answer is larger than 1000 bytes",
    ],
  ])("fails when the answer %s", async (_, answer, reason) => {
    await expect(answered(answer)).rejects.toThrow(reason)
  })

  it("fails when the answer does not come, or does not end, in its time", async () => {
    const never = new Promise<Response>(() => undefined)
    await expect(answered(() => never, { timeout: 20 })).rejects.toThrow("no answer within 20ms")
    const endless = new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode("{")) })
    await expect(answered(() => new Response(endless), { timeout: 50 })).rejects.toThrow("no answer within 50ms")
  })

  it("fails when nobody is there", async () => {
    await expect(askJson({ url: "http://127.0.0.1:1/", timeout: 5_000, limit: 10 })).rejects.toThrow(
      "it cannot be reached",
    )
  })
})
