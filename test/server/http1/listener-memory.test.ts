import { describe, expect, it } from "vitest"

import { GatewayError } from "../../../src/core/errors.ts"
import { bytesOf, type Reply } from "../../../src/core/reply.ts"
import { ask, connect, type RawClient, requestText } from "../../support/raw.ts"
import { type Listening, listening, reply } from "./listening.ts"

const kinds = ["ClientConnection", "Exchange", "RequestParser", "RequestBody", "BodyIn", "BodyOut"] as const

/** How many of our objects are alive. */
function alive(): Record<(typeof kinds)[number], number> {
  Bun.gc(true)
  const { nodes, nodeClassNames } = Bun.generateHeapSnapshot()
  const counts = new Map<number, number>()
  // Four numbers for each object: its name, its size, its class, what it is marked as.
  for (let at = 2; at < nodes.length; at += 4) counts.set(nodes[at] ?? -1, (counts.get(nodes[at] ?? -1) ?? 0) + 1)
  return Object.fromEntries(kinds.map((kind) => [kind, counts.get(nodeClassNames.indexOf(kind)) ?? 0])) as ReturnType<
    typeof alive
  >
}

/** Lets go of what has ended: the collector finds some of it only in a later round. */
async function settled(most: number): Promise<ReturnType<typeof alive>> {
  for (let round = 0; round < 50; round++) {
    if (Object.values(alive()).every((count) => count <= most)) break
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return alive()
}

/** Keeps nothing of what came in. */
const answering = (): Listening => {
  const made = listening(async ({ path, body }): Promise<Reply> => {
    if (path === "/stream") return reply(new Response("streamed").body)
    if (path === "/unread") return reply("unread")
    if (path === "/fails") throw new GatewayError("bad_request", "It fails.")
    return reply(`read ${(await bytesOf(body, 1e6))?.byteLength}`)
  })
  ;(made.came as unknown[]).push = () => 0
  return made
}

const requests = [
  requestText("/"),
  requestText("/stream"),
  requestText("/", { method: "POST", body: "x".repeat(500) }),
  requestText("/unread", { method: "POST", body: "x".repeat(500) }),
  requestText("/fails"),
].join("")

async function exchange(client: RawClient, rounds: number): Promise<number> {
  let answers = 0
  for (let round = 0; round < rounds; round++) {
    client.send(requests)
    for (let one = 0; one < 5; one++) if (await client.response()) answers++
  }
  return answers
}

describe("http1Listener()", () => {
  it("keeps nothing of 20,000 requests on 200 connections but the connections, and of those nothing", async () => {
    using made = answering()
    const clients = await Promise.all(Array.from({ length: 200 }, () => connect(made.url)))
    const answers = await Promise.all(clients.map((client) => exchange(client, 20)))
    expect(answers.reduce((sum, count) => sum + count, 0)).toBe(20_000)
    const open = await settled(200)
    expect(open.ClientConnection).toBeLessThanOrEqual(200)
    for (const kind of ["Exchange", "BodyIn", "BodyOut"] as const) expect(open[kind]).toBeLessThanOrEqual(200)
    for (const client of clients) client[Symbol.dispose]()
    for (const count of Object.values(await settled(20))) expect(count).toBeLessThanOrEqual(20)
    expect(made.metrics.inFlight).toBe(0)
  })

  it.each<[string, (client: RawClient) => Promise<unknown>, number?]>([
    ["nothing", async () => undefined],
    ["half a head", async (client) => client.send("GET / HTTP/1.1\r\nHo")],
    ["half a body", async (client) => client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf")],
    ["what is no request", async (client) => client.send("no\r\n\r\n"), 0],
    [
      "one that waits for a 100",
      async (client) =>
        client.send("POST /unread HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n"),
    ],
    ["an answer that nobody reads", async (client) => client.send(requests.repeat(10))],
  ])("keeps nothing of a thousand clients that leave after %s", async (_, act, most = 100) => {
    using made = answering()
    for (let round = 0; round < 10; round++) {
      const clients = await Promise.all(Array.from({ length: 100 }, () => connect(made.url)))
      for (const client of clients) await act(client)
      // Who comes later is served later: by now all of them have been heard.
      await ask(made.url, "/")
      if (round === 0) expect(alive().ClientConnection).toBeGreaterThanOrEqual(most)
      for (const client of clients) client.socket.destroy()
    }
    await ask(made.url, "/")
    for (const count of Object.values(await settled(20))) expect(count).toBeLessThanOrEqual(20)
    expect(made.metrics.inFlight).toBe(0)
  })
})
