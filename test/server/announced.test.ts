import { describe, expect, it } from "vitest"

import { announced } from "../../src/server/announced.ts"
import { streamOf, textOf } from "../support/exchange.ts"

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** A stream that the test writes. */
function written() {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  const cancelled = Promise.withResolvers<unknown>()
  const stream = new ReadableStream<Uint8Array>({
    start: (made) => void (controller = made),
    cancel: (reason) => cancelled.resolve(reason),
  })
  return {
    reader: announced(stream).getReader(),
    write: (text: string) => controller?.enqueue(bytes(text)),
    fail: (error: Error) => controller?.error(error),
    close: () => controller?.close(),
    cancelled: cancelled.promise,
  }
}

const next = async (reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string | undefined> => {
  const { value } = await reader.read()
  return value && new TextDecoder("utf-8", { ignoreBOM: true }).decode(value)
}

describe("announced()", () => {
  it("leaves a stream alone whose first event is there", async () => {
    expect(await textOf(announced(streamOf("data: 1\n\n", "data: 2\n\n")))).toBe("data: 1\n\ndata: 2\n\n")
    expect(await textOf(announced(streamOf()))).toBe("")
  })

  it("begins with one comment when nothing happens at first", async () => {
    const { reader, write, close } = written()
    expect(await next(reader)).toBe(":\n")
    write("data: 1\n\n")
    expect(await next(reader)).toBe("data: 1\n\n")
    write("data: 2\n\n")
    expect(await next(reader)).toBe("data: 2\n\n")
    close()
    expect(await next(reader)).toBeUndefined()
  })

  it("takes away the mark of UTF-8 where the stream does not begin any more", async () => {
    const { reader, write } = written()
    expect(await next(reader)).toBe(":\n")
    write("\ufeffdata: 1\n\n")
    expect(await next(reader)).toBe("data: 1\n\n")
    write("\ufeff")
    expect(await next(reader)).toBe("\ufeff")
  })

  it("fails as the stream does, before or after its comment", async () => {
    const early = written()
    early.fail(new Error("broken"))
    await expect(early.reader.read()).rejects.toThrow("broken")
    const late = written()
    await next(late.reader)
    late.fail(new Error("broken"))
    await expect(late.reader.read()).rejects.toThrow("broken")
  })

  it("tells the stream when nobody wants it any more", async () => {
    const { reader, cancelled } = written()
    await next(reader)
    await reader.cancel("left")
    expect(await cancelled).toBe("left")
  })
})
