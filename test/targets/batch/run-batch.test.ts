import { describe, expect, it } from "vitest"

import { waitingNow } from "../../../src/core/deadlines.ts"
import { GatewayError } from "../../../src/core/errors.ts"
import { jsonReply, type Reply } from "../../../src/core/reply.ts"
import { HeaderList } from "../../../src/http/header-list.ts"
import { failureOf, textOf } from "../../support/exchange.ts"
import { byHand, endless, type Entry, paths, settle, setUp } from "./batched.ts"

describe("batch with answers that are too large", () => {
  const sized = (path: string): Reply => {
    const text = "x".repeat(Number(path.slice(1)))
    return { status: 200, headers: new HeaderList(["content-type", "text/plain"]), body: new Blob([text]).stream() }
  }
  const statuses = async (found: Promise<Entry[]>): Promise<number[]> => (await found).map(({ status }) => status)

  it("has 502 for each that is larger than what those before it left", async () => {
    const { ask, entries } = setUp(({ path }) => sized(path), { maxAnswers: "1kb" })
    expect(await statuses(entries(ask(paths("/500", "/600", "/524", "/1"))))).toEqual([200, 502, 200, 502])
    expect(await statuses(entries(ask(paths("/1025", "/1024", "/0"))))).toEqual([502, 200, 200])
  })

  it("has the same answers and bytes when the last one arrives first", async () => {
    const texts = new Set<string>()
    for (const order of [
      ["/500", "/600", "/524", "/700"],
      ["/700", "/524", "/600", "/500"],
      ["/600", "/700", "/500", "/524"],
    ]) {
      const { answer, reply } = byHand()
      const answers = setUp(answer, { maxAnswers: "1kb" }).ask(paths("/500", "/600", "/524", "/700"))
      await settle()
      for (const path of order) await reply(path, sized(path))
      texts.add(await textOf((await answers).body))
    }
    expect(texts.size).toBe(1)
    expect([...texts][0]).toContain('"code":"answer_too_large"')
  })

  it("reads no more of an answer that does not fit", async () => {
    const { reply, cancelled, send } = endless()
    const { ask, entries } = setUp(() => reply, { maxAnswers: "1kb" })
    const answers = entries(ask(paths("/a")))
    await settle()
    send("x".repeat(600))
    send("x".repeat(600))
    expect(await statuses(answers)).toEqual([502])
    await cancelled
  })
})

describe("batch that is over", () => {
  it("has 504 for those that are not done when its time is, and the answers of the others", async () => {
    const slow = endless()
    const { answer, reply } = byHand()
    const { send, outer, entries } = setUp(answer, { concurrency: 3 })
    const asked = outer([...paths("/a", "/b", "/c", "/d"), { path: "nonsense" }])
    const answers = send(asked)
    await settle()
    await reply("/b")
    await reply("/c", slow.reply)
    slow.send("half")
    await settle()
    asked.end(new GatewayError("timeout", "No answer within 1s."))
    const found = await entries(answers)
    expect(found.map(({ status }) => status)).toEqual([504, 200, 504, 504, 400])
    expect(found[0]?.body).toMatchObject({ code: "timeout", detail: "No answer within 1s." })
    await slow.cancelled
  })

  it("begins nothing more, and ends what is under way", async () => {
    const { answer, paths: begun, exchange: of } = byHand()
    const { send, outer } = setUp(answer, { concurrency: 2 })
    const asked = outer(paths("/a", "/b", "/c"))
    const answers = failureOf(() => send(asked))
    await settle()
    const gone = new GatewayError("client_gone", "The client went away.")
    asked.end(gone)
    expect(await answers).toBe(gone)
    expect(begun()).toEqual(["/a", "/b"])
    expect([of("/a").isOver, of("/b").isOver]).toEqual([true, true])
  })

  it("drops what is answered after that", async () => {
    const late = endless()
    const { answer, reply } = byHand()
    const { send, outer } = setUp(answer)
    const asked = outer(paths("/a"))
    const answers = failureOf(() => send(asked))
    await settle()
    asked.end(new GatewayError("client_gone", "The client went away."))
    await answers
    await reply("/a", late.reply)
    await late.cancelled
  })

  it("leaves nobody waiting", async () => {
    const before = waitingNow()
    const { ask } = setUp((asked) => {
      asked.limit(60_000)
      return jsonReply(1)
    })
    await ask(paths("/a", "/b"))
    expect(waitingNow()).toBe(before)
  })
})
