import { describe, expect, it } from "vitest"

import { upTo } from "../../../src/targets/aggregate/up-to.ts"
import { streamOf, textOf } from "../../support/exchange.ts"

describe("upTo()", () => {
  it("gives a body that fits as bytes, however it came", async () => {
    for (const body of ["hello", new TextEncoder().encode("hello"), streamOf("he", "l", "lo")])
      expect(await upTo(body, 5)).toEqual(new TextEncoder().encode("hello"))
    expect(await upTo(null, 5)).toEqual(new Uint8Array())
    expect(await upTo(streamOf(), 0)).toEqual(new Uint8Array())
  })

  it("gives a larger one as a stream with nothing missing", async () => {
    for (const body of ["hello!", new TextEncoder().encode("hello!"), streamOf("he", "l", "lo", "!")]) {
      const made = await upTo(body, 5)
      expect(made).toBeInstanceOf(ReadableStream)
      expect(await textOf(made)).toBe("hello!")
    }
    expect(await textOf(await upTo(streamOf("hello", " and ", "more"), 2))).toBe("hello and more")
  })

  it("reads no more than it has to, and cancels what nobody wants", async () => {
    let pulled = 0
    let reason: unknown
    const body = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => void controller.enqueue(new Uint8Array(10).fill(pulled++)),
        cancel: (why) => void (reason = why),
      },
      { highWaterMark: 0 },
    )
    const made = await upTo(body, 25)
    expect(pulled).toBe(3)
    await (made as ReadableStream).cancel("enough")
    expect(reason).toBe("enough")
  })

  it("fails as the body does", async () => {
    const broken = (): ReadableStream<Uint8Array> =>
      new ReadableStream({ start: (controller) => void controller.error(new Error("cut off")) })
    await expect(upTo(broken(), 5)).rejects.toThrow("cut off")
  })
})
