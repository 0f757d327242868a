import { describe, expect, it } from "vitest"

import { BodyIn } from "../../../src/services/transport/body-in.ts"
import { failureOf, textOf } from "../../support/exchange.ts"

const kilobytes = (count: number): Uint8Array => new Uint8Array(count * 1024)

/** A body on its way in, and what its source was told. */
function incoming(first: Uint8Array[] = []): { body: BodyIn; told: string[] } {
  const told: string[] = []
  const source = {
    pause: () => void told.push("pause"),
    resume: () => void told.push("resume"),
    abandon: () => void told.push("abandon"),
  }
  return { body: new BodyIn(source, first), told }
}

describe("BodyIn", () => {
  it("gives what came before it, what comes, and the end", async () => {
    const { body, told } = incoming([Buffer.from("a"), Buffer.from("b")])
    body.push(Buffer.from("c"))
    body.end()
    expect(await textOf(body.stream)).toBe("abc")
    expect(told).toEqual([])
  })

  it("tells the source to wait once enough waits here, and to go on when the reader took it", async () => {
    const { body, told } = incoming()
    body.push(kilobytes(255))
    expect(told).toEqual([])
    body.push(kilobytes(1))
    body.push(kilobytes(1))
    expect(told).toEqual(["pause"])
    const reader = body.stream.getReader()
    await reader.read()
    expect(told).toEqual(["pause", "resume"])
    body.push(kilobytes(300))
    expect(told).toEqual(["pause", "resume", "pause"])
  })

  it("leaves no source waiting when it ends", () => {
    const { body, told } = incoming()
    body.push(kilobytes(256))
    body.end()
    expect(told).toEqual(["pause", "resume"])
  })

  it("tells the source when nobody reads any more, once, and takes nothing more", async () => {
    const { body, told } = incoming()
    await body.stream.cancel()
    body.push(kilobytes(300))
    body.end()
    body.fail(new Error("late"))
    expect(told).toEqual(["abandon"])
  })

  it("tells the source nothing when the reader leaves behind the end", async () => {
    const { body, told } = incoming([kilobytes(1)])
    body.end()
    await body.stream.cancel()
    expect(told).toEqual([])
  })

  it("breaks off with the reason, also for a reader that waits", async () => {
    const { body, told } = incoming()
    const reading = failureOf(() => textOf(body.stream))
    body.push(kilobytes(1))
    body.fail(new Error("It broke."))
    body.push(kilobytes(1))
    body.end()
    expect(await reading).toMatchObject({ message: "It broke." })
    expect(told).toEqual([])
  })
})
