import { describe, expect, it } from "vitest"

import { GatewayError } from "../../../src/core/errors.ts"
import { concurrency } from "../../../src/services/guards/concurrency.ts"
import { exchange, failureOf, streamOf, textOf } from "../../support/exchange.ts"
import { type Came, closed, type Guarded, guarded, later, reply } from "./guarded.ts"

const limited = (options: object, script: Came[] = [], keep?: Guarded["keep"]): Guarded =>
  guarded(concurrency, options, { script, ...(keep ? { keep } : {}) })

const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe("concurrency()", () => {
  it("refuses what is more than the limit, and lets the next in once one has ended", async () => {
    for (const came of [reply(), closed()]) {
      const [one, two] = [later(), later()]
      const made = limited({ limit: 2 }, [one.answer, two.answer])
      const inside = [1, 2].map(() => (async () => made.handle(exchange()))().catch(() => undefined))
      expect(await failureOf(() => made.handle(exchange()))).toMatchObject({
        code: "unavailable",
        headers: { "retry-after": "1" },
        message: 'Service "user" has as many requests as it may get.',
      })
      one.come(came)
      await inside[0]
      expect((await made.handle(exchange())).status).toBe(200)
      two.come(reply())
      await inside[1]
    }
  })

  it("lets some wait, in order, and refuses the others", async () => {
    const tries = [later(), later(), later()]
    const made = limited(
      { limit: 1, queue: 2 },
      tries.map(({ answer }) => answer),
    )
    const answers = [..."123"].map((id) => made.handle(exchange({ id })))
    expect(await failureOf(() => made.handle(exchange()))).toMatchObject({ code: "unavailable" })
    for (const [place, one] of tries.entries()) {
      expect(made.exchanges.length).toBe(place + 1)
      one.come(reply())
      await answers[place]
      await soon()
    }
    expect(made.exchanges.map(({ id }) => id)).toEqual(["1", "2", "3"])
  })

  it("takes who left out of the queue, and gives nobody's turn away", async () => {
    const first = later()
    const made = limited({ limit: 1, queue: 1 }, [first.answer])
    const inside = made.handle(exchange())
    const waiting = exchange()
    const answer = failureOf(() => made.handle(waiting))
    const gone = new GatewayError("client_gone", "The client went away.")
    waiting.end(gone)
    expect(await answer).toBe(gone)
    const next = made.handle(exchange())
    first.come(reply())
    expect((await inside).status).toBe(200)
    expect((await next).status).toBe(200)
    expect((await made.handle(exchange())).status).toBe(200)
  })

  it("counts a request until its answer has ended: read to its end, given up, or broken off", async () => {
    const broken = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error("broken")) })
    const ends: [ReadableStream<Uint8Array>, (body: ReadableStream<Uint8Array>) => Promise<unknown>][] = [
      [streamOf("one", "two"), textOf],
      [streamOf("one", "two"), (body) => body.cancel()],
      [broken, (body) => textOf(body).catch(() => undefined)],
    ]
    for (const [body, end] of ends) {
      const made = limited({ limit: 1 }, [reply(200, {}, body)])
      const answer = await made.handle(exchange())
      expect(await failureOf(() => made.handle(exchange()))).toMatchObject({ code: "unavailable" })
      await end(answer.body as ReadableStream<Uint8Array>)
      expect((await made.handle(exchange())).status).toBe(200)
      expect((await made.handle(exchange())).status).toBe(200)
    }
  })

  it("does not count an answer that nobody is left to read, nor twice that it ended", async () => {
    const asked = exchange()
    const made = limited({ limit: 1 }, [reply(200, {}, streamOf("one"))])
    const { body } = await made.handle(asked)
    asked.end(new Error("The client went away."))
    const second = later()
    made.script.push(second.answer)
    const inside = made.handle(exchange())
    await textOf(body)
    expect(await failureOf(() => made.handle(exchange()))).toMatchObject({ code: "unavailable" })
    second.come(reply())
    await inside
  })

  it("hands the body on as it is", async () => {
    const made = limited({ limit: 1 }, [reply(200, {}, streamOf("one ", "two")), reply(200, {}, "text")])
    expect(await textOf((await made.handle(exchange())).body)).toBe("one two")
    expect((await made.handle(exchange())).body).toBe("text")
  })

  it("goes by the new limit after a reload, for those inside and those that wait", async () => {
    const tries = [later(), later(), later()]
    const made = limited(
      { limit: 1, queue: 5 },
      tries.map(({ answer }) => answer),
    )
    const answers = tries.map(() => made.handle(exchange()))
    const wider = limited({ limit: 3, queue: 5 }, [], made.keep)
    expect((await wider.handle(exchange())).status).toBe(200)
    await soon()
    // The end of one lets in as many as there is room for now.
    expect(made.exchanges.length).toBe(3)
    limited({ limit: 1 }, [], made.keep)
    tries[0]?.come(reply())
    await answers[0]
    const lower = limited({ limit: 1 }, [], made.keep)
    expect(await failureOf(() => lower.handle(exchange()))).toMatchObject({ code: "unavailable" })
    for (const one of tries) one.come(reply())
    await Promise.all(answers)
    expect((await lower.handle(exchange())).status).toBe(200)
  })
})
