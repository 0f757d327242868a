import { describe, expect, it } from "vitest"

import { RequestBody } from "../../../src/server/http1/request-body.ts"

/** A body, and what its sender was told. */
function body(): { body: RequestBody; told: string[] } {
  const told: string[] = []
  const tell = (what: string) => () => void told.push(what)
  return { body: new RequestBody({ pause: tell("pause"), resume: tell("resume"), invite: tell("invite") }), told }
}

const bytes = (text: string): Uint8Array => Buffer.from(text)
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe("RequestBody", () => {
  it("is read as it comes, before and after it is opened", async () => {
    const { body: made } = body()
    made.push(bytes("a"))
    expect(made.begun).toBe(true)
    const text = new Response(made.open(false)).text()
    expect(made.begun).toBe(false)
    made.push(bytes("b"))
    made.flow()
    made.push(bytes("c"))
    made.end()
    expect(await text).toBe("abc")
  })

  it("that is whole already tells nobody anything", async () => {
    const { body: made, told } = body()
    made.push(bytes("abc"))
    made.end()
    expect(await new Response(made.open(true)).text()).toBe("abc")
    expect(told).toEqual([])
  })

  it("joins pieces that came together where there are many", async () => {
    const { body: made } = body()
    const reader = made.open(false).getReader()
    for (const count of [8, 9]) {
      for (let piece = 0; piece < count; piece++) made.push(bytes("x"))
      made.flow()
    }
    const sizes: (number | undefined)[] = []
    for (let piece = 0; piece < 9; piece++) sizes.push((await reader.read()).value?.byteLength)
    expect(sizes).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 9])
  })

  it("invites a client that waits once somebody reads, and never again", async () => {
    const { body: made, told } = body()
    made.waits = true
    const reader = made.open(false).getReader()
    await turn()
    expect(told).toEqual([])
    expect(made.paused).toBe(true)
    const read = reader.read()
    await turn()
    expect(told).toEqual(["invite", "resume"])
    expect(made).toMatchObject({ waits: false, paused: false })
    made.push(bytes("a"))
    made.flow()
    await read
    const more = reader.read()
    made.push(bytes("b"))
    made.end()
    expect(Buffer.from((await more).value ?? []).toString()).toBe("b")
    expect(told.filter((one) => one === "invite")).toHaveLength(1)
  })

  it("holds up a client that does not wait to be invited", async () => {
    const { body: made, told } = body()
    made.waits = true
    const reader = made.open(false).getReader()
    made.push(bytes("a"))
    made.flow()
    expect(told).toEqual(["pause"])
    expect(made).toMatchObject({ waits: false, paused: true })
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe("a")
    const read = reader.read()
    await turn()
    expect(told).toEqual(["pause", "resume"])
    made.end()
    expect((await read).done).toBe(true)
  })

  it("that nobody reads any more breaks off, and what still comes of it is dropped", async () => {
    const { body: made } = body()
    const stream = made.open(false)
    made.push(bytes("a"))
    made.flow()
    made.drop(new Error("early"))
    made.push(bytes("b"))
    expect(made).toMatchObject({ begun: false, paused: false })
    made.end()
    await expect(new Response(stream).text()).rejects.toThrow("early")
  })

  it("is another one with the next request", async () => {
    const { body: made } = body()
    made.waits = true
    void made.open(false)
    made.drop(new Error("early"))
    made.reset()
    expect(made).toMatchObject({ waits: false, begun: false, paused: false })
    made.push(bytes("next"))
    made.end()
    expect(await new Response(made.open(true)).text()).toBe("next")
  })
})
