import { describe, expect, it, vi } from "vitest"

import { GatewayError } from "../../src/core/errors.ts"
import type { Handler } from "../../src/core/handler.ts"
import { jsonReply } from "../../src/core/reply.ts"
import { HeaderList } from "../../src/http/header-list.ts"
import { bodyLimit } from "../../src/policies/body-limit.ts"
import { type Asked, exchange, failureOf, streamOf, textOf, tools, valueOf } from "../support/exchange.ts"

/** A handler that sends back what it was sent. */
const echo: Handler = async (asked) => jsonReply({ body: await textOf(asked.body) })

const limited = (asked: Asked, next: Handler = echo, limit = 10) =>
  bodyLimit.create(limit, tools())(next)(exchange({ method: "POST", ...asked }))

const tooLarge = { code: "body_too_large", status: 413, message: "The body is larger than 10 bytes." }

describe("bodyLimit()", () => {
  it("lets a request without a body through", async () => {
    expect(await valueOf(await limited({}))).toEqual({ body: "" })
  })

  it("lets a body of exactly the limit through, declared or not", async () => {
    const body = "0123456789"
    expect(await valueOf(await limited({ body, headers: { "content-length": "10" } }))).toEqual({ body })
    expect(await valueOf(await limited({ body }))).toEqual({ body })
  })

  it.each(["11", "00011", "9999999999999999999999"])(
    "refuses the length %j before anything is read",
    async (length) => {
      const next = vi.fn(echo)
      const body = streamOf("01234567890")
      expect(await failureOf(() => limited({ body, headers: { "content-length": length } }, next))).toMatchObject(
        tooLarge,
      )
      expect(next).not.toHaveBeenCalled()
    },
  )

  it.each(["", "abc", "-1", "NaN", "5, 5", " ", "1e0", "0x1", "+1"])(
    "does not believe the length %j, and counts",
    async (length) => {
      const headers = { "content-length": length }
      expect(await failureOf(() => limited({ body: "01234567890", headers }))).toMatchObject(tooLarge)
      expect(await valueOf(await limited({ body: "0123", headers }))).toEqual({ body: "0123" })
    },
  )

  it("counts where the body comes in chunks, whatever length is declared beside", async () => {
    const headers = { "content-length": "1", "transfer-encoding": "chunked" }
    expect(await failureOf(() => limited({ body: "01234567890", headers }))).toMatchObject(tooLarge)
  })

  it("stops a stream at the limit: the rest is never asked for", async () => {
    let sent = 0
    const cancel = vi.fn()
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array((sent += 4) && 4)),
      cancel,
    })
    expect(await failureOf(() => limited({ body: endless }))).toMatchObject(tooLarge)
    expect(cancel).toHaveBeenCalledTimes(1)
    expect(sent).toBeLessThan(100)
  })

  it("gives a stream on piece by piece, not when it is whole", async () => {
    let push: (text: string) => void = () => {}
    let close: () => void = () => {}
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        push = (text) => controller.enqueue(new TextEncoder().encode(text))
        close = () => controller.close()
      },
    })
    const got: string[] = []
    const answer = limited({ body }, async (asked) => {
      const reader = asked.body?.getReader()
      push("one")
      got.push(new TextDecoder().decode((await reader?.read())?.value))
      push("two")
      got.push(new TextDecoder().decode((await reader?.read())?.value))
      close()
      return jsonReply(got)
    })
    expect(await valueOf(await answer)).toEqual(["one", "two"])
  })

  it("says what it is in its own words, whatever the reader of the broken body says", async () => {
    const reader: Handler = async (asked) => {
      await textOf(asked.body).catch((cause: unknown) => {
        throw new GatewayError("unreachable", "The upload broke.", { cause })
      })
      return jsonReply("never")
    }
    expect(await failureOf(() => limited({ body: "01234567890" }, reader))).toMatchObject(tooLarge)
  })

  it("does not accept an answer that was made in spite of the broken body", async () => {
    const cancel = vi.fn()
    const careless: Handler = async (asked) => {
      await textOf(asked.body).catch(() => undefined)
      return { status: 200, headers: new HeaderList(), body: new ReadableStream({ cancel }) }
    }
    expect(await failureOf(() => limited({ body: "01234567890" }, careless))).toMatchObject(tooLarge)
    expect(cancel).toHaveBeenCalledTimes(1)
  })

  it("leaves other failures as they are", async () => {
    const error = new Error("something else")
    const failing: Handler = () => {
      throw error
    }
    expect(await failureOf(() => limited({ body: "0123" }, failing))).toBe(error)
    expect(await failureOf(() => limited({}, failing))).toBe(error)
  })
})
