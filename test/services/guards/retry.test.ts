import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import { waitingNow } from "../../../src/core/deadlines.ts"
import { GatewayError } from "../../../src/core/errors.ts"
import { retry } from "../../../src/services/guards/retry.ts"
import { exchange, failureOf, streamOf, textOf } from "../../support/exchange.ts"
import { type Came, closed, first, type Guarded, guarded, later, refused, reply } from "./guarded.ts"

const retried = (options: object, script: Came[], upstreams = 3): Guarded =>
  guarded(retry, options, { script, upstreams, pick: first })

/** What comes of a request, all waiting done. */
async function outcome(made: Guarded, asked = exchange()): Promise<number | string> {
  const done = (async () => made.handle(asked))().then(
    ({ status }) => status,
    (error: unknown) => (error instanceof GatewayError ? error.code : String(error)),
  )
  await vi.runAllTimersAsync()
  return done
}

beforeEach(() => void vi.useFakeTimers())

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe("retry()", () => {
  it("passes a good answer on, and asks once", async () => {
    const made = retried({}, [200])
    expect(await outcome(made)).toBe(200)
    expect(made.asked).toEqual(["a"])
  })

  it.each<[string, Came]>([
    ["a connection that was refused", refused()],
    ["a connection that was lost", closed()],
    ["an answer that cannot be used", new GatewayError("bad_upstream", "Nonsense.")],
    ["502", 502],
    ["503", 503],
    ["504", 504],
  ])("tries once more after %s, elsewhere", async (_, came) => {
    const made = retried({}, [came])
    expect(await outcome(made)).toBe(200)
    expect(made.asked).toEqual(["a", "b"])
  })

  it.each<[string, Came, number | string]>([
    ["500", 500, 500],
    ["429", 429, 429],
    ["404", 404, 404],
    ["nobody to ask", new GatewayError("unavailable", "None is healthy."), "unavailable"],
    ["a body that is too large", new GatewayError("body_too_large", "Too large."), "body_too_large"],
    [
      "an upload that broke off",
      new GatewayError("unreachable", "No.", { cause: new Error("aborted") }),
      "unreachable",
    ],
    ["a fault of our own", new TypeError("undefined is not a function"), "TypeError: undefined is not a function"],
  ])("takes %s for the answer", async (_, came, answer) => {
    const made = retried({}, [came])
    expect(await outcome(made)).toBe(answer)
    expect(made.asked).toEqual(["a"])
  })

  it("gives the client the last answer when the tries run out, not one of its own", async () => {
    expect(await outcome(retried({ attempts: 2 }, [502, 504, 503, 200]))).toBe(503)
    expect(await outcome(retried({ attempts: 2 }, [502, 504, refused(), 200]))).toBe("unreachable")
    const made = retried({}, [502, reply(503, { "x-reason": "overload" }, "busy")])
    const asked = made.handle(exchange())
    await vi.runAllTimersAsync()
    const last = await asked
    expect([last.status, last.headers.get("x-reason"), last.body]).toEqual([503, "overload", "busy"])
  })

  it("goes by its list: words, classes and numbers", async () => {
    for (const [on, came, tries] of [
      [["5xx"], 500, 2],
      [["5xx"], 599, 2],
      [["5xx"], refused(), 1],
      [["connect"], refused(), 2],
      [["connect"], closed(), 1],
      [["connect"], 503, 1],
      [["closed"], closed(), 2],
      [[409], 409, 2],
      [[409], 503, 1],
    ] as const) {
      const made = retried({ on }, [came])
      await outcome(made)
      expect(made.asked.length).toBe(tries)
    }
  })

  it("cancels the body of an answer that it does not pass on", async () => {
    const cancelled = vi.fn<() => void>()
    const body = new ReadableStream<Uint8Array>({ cancel: cancelled })
    expect(await outcome(retried({}, [reply(503, {}, body)]))).toBe(200)
    expect(cancelled).toHaveBeenCalledTimes(1)
  })

  it("leaves the body of the answer that it passes on alone", async () => {
    const made = retried({}, [503, reply(503, {}, streamOf("busy"))])
    const asked = made.handle(exchange())
    await vi.runAllTimersAsync()
    expect(await textOf((await asked).body)).toBe("busy")
  })
})

describe("retry() and upstreams", () => {
  it("asks each once before any is asked again, and never the one that has just failed", async () => {
    for (const options of [{}, { tryTimeout: "1s" }]) {
      const made = retried({ attempts: 5, ...options }, [502, 502, 502, 502, 502, 200])
      expect(await outcome(made)).toBe(200)
      expect(made.asked).toEqual(["a", "b", "c", "a", "b", "a"])
    }
  })

  it("asks the only one there is again", async () => {
    const made = retried({}, [502], 1)
    expect(await outcome(made)).toBe(200)
    expect(made.asked).toEqual(["a", "a"])
  })

  it("says which upstream was asked last, with a limit for each try too", async () => {
    for (const options of [{}, { tryTimeout: "1s" }]) {
      const made = retried(options, [502])
      const asked = exchange()
      await outcome(made, asked)
      expect(asked.upstream).toBe(made.upstreams[1])
    }
  })
})

describe("retry() and methods", () => {
  const tries = async (method: string, came: Came, options: object = {}): Promise<number> => {
    const made = retried(options, [came])
    await outcome(made, exchange({ method }))
    return made.asked.length
  }

  it.each(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"])("sends %s twice", async (method) => {
    expect([await tries(method, 503), await tries(method, closed())]).toEqual([2, 2])
  })

  it.each(["POST", "PATCH", "PROPFIND", "get"])("never sends %s twice", async (method) => {
    for (const came of [503, 502, closed(), new GatewayError("bad_upstream", "Nonsense.")])
      expect(await tries(method, came)).toBe(1)
  })

  it("tries any method again of which nothing was sent, body and all", async () => {
    for (const options of [{}, { tryTimeout: "1s" }, { bodyLimit: "1b" }]) {
      const made = retried(options, [refused(), refused(), async ({ body }) => reply(200, {}, await textOf(body))])
      expect(await outcome(made, exchange({ method: "POST", body: "sent once" }))).toBe("unreachable")
      const again = retried(options, [refused(), async ({ body }) => reply(200, {}, await textOf(body))])
      const answer = again.handle(exchange({ method: "POST", body: "sent once" }))
      await vi.runAllTimersAsync()
      expect((await answer).body).toBe("sent once")
    }
  })

  it("sends what it is told to send twice, and nothing else", async () => {
    expect(await tries("POST", 503, { methods: "all" })).toBe(2)
    expect(await tries("PROPFIND", 503, { methods: "all" })).toBe(2)
    expect(await tries("POST", 503, { methods: ["POST"] })).toBe(2)
    expect(await tries("GET", 503, { methods: ["POST"] })).toBe(1)
    expect(await tries("GET", refused(), { methods: ["POST"] })).toBe(2)
  })
})

describe("retry() and bodies", () => {
  const reading: Came = async ({ body }) => reply(200, {}, await textOf(body))
  const readingPart: Came = async ({ body }) => {
    const reader = body?.getReader()
    await reader?.read()
    await reader?.cancel()
    throw closed()
  }

  it("sends a body again from its beginning, wherever the try before broke off", async () => {
    for (const options of [{}, { tryTimeout: "1s" }]) {
      const made = retried(options, [readingPart, reading])
      const handled = made.handle(exchange({ method: "PUT", body: streamOf("one ", "two ", "three") }))
      await vi.runAllTimersAsync()
      expect((await handled).body).toBe("one two three")
    }
  })

  it("sends one that is too large to keep once", async () => {
    const large = (): ReadableStream<Uint8Array> => streamOf("12345", "67890", "12345")
    const made = retried({ bodyLimit: "9b" }, [async ({ body }) => reply(503, {}, await textOf(body))])
    expect(await outcome(made, exchange({ method: "PUT", body: large() }))).toBe(503)
    expect(made.asked).toEqual(["a"])
    const within = retried({ bodyLimit: "15b" }, [async ({ body }) => reply(503, {}, await textOf(body)), reading])
    expect(await outcome(within, exchange({ method: "PUT", body: large() }))).toBe(200)
  })

  it("ends the client's upload when the answer is there before its end", async () => {
    const cancelled = vi.fn<() => void>()
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(4)),
      cancel: cancelled,
    })
    const made = retried({ attempts: 1 }, [readingPart, readingPart])
    expect(await outcome(made, exchange({ method: "PUT", body }))).toBe("unreachable")
    expect(cancelled).toHaveBeenCalledTimes(1)
  })
})

describe("retry() and time", () => {
  const waits = async (options: object, fails: number): Promise<number[]> => {
    const at: number[] = []
    const noted = (): never => {
      at.push(Math.round(performance.now()))
      throw closed()
    }
    const made = retried(
      { attempts: 10, ...options },
      Array.from({ length: fails }, () => noted),
    )
    await outcome(made)
    return at.slice(1).map((time, index) => time - (at[index] ?? 0))
  }

  it("waits twice as long each time, up to the longest wait", async () => {
    vi.spyOn(Math, "random").mockReturnValue(1)
    expect(await waits({}, 8)).toEqual([25, 50, 100, 200, 400, 800, 1000])
    expect(await waits({ backoff: { first: "1s", max: "3s" } }, 5)).toEqual([1000, 2000, 3000, 3000])
    expect(await waits({ backoff: { first: "100ms" } }, 3)).toEqual([100, 200])
    expect(await waits({ backoff: { max: "10ms" } }, 3)).toEqual([10, 10])
  })

  it("waits for any part of that, so that those who failed together do not come back together", async () => {
    vi.spyOn(Math, "random").mockReturnValueOnce(0.5).mockReturnValueOnce(0.1).mockReturnValueOnce(0)
    expect(await waits({ backoff: { first: "100ms" } }, 4)).toEqual([50, 20, 0])
  })

  it.each([
    [{ "retry-after": "2" }, 2000],
    [{ "retry-after": "0" }, 0],
    [{ "retry-after": new Date(Date.UTC(2030, 0, 1, 0, 0, 5)).toUTCString() }, 5000],
    [{ "retry-after": "soon" }, 25],
    [{ "retry-after": "-5" }, 25],
  ])("waits as long as the service asks for with %j", async (headers, wait) => {
    vi.setSystemTime(Date.UTC(2030, 0, 1))
    vi.spyOn(Math, "random").mockReturnValue(1)
    for (const status of [429, 503]) {
      const made = retried({ on: [429, 503] }, [reply(status, headers)])
      const before = performance.now()
      expect(await outcome(made)).toBe(200)
      expect(performance.now() - before).toBe(wait)
      vi.setSystemTime(Date.UTC(2030, 0, 1))
    }
  })

  it("takes no notice of Retry-After where it means something else", async () => {
    vi.spyOn(Math, "random").mockReturnValue(1)
    const before = performance.now()
    expect(await outcome(retried({}, [reply(502, { "retry-after": "20" })]))).toBe(200)
    expect(performance.now() - before).toBe(25)
  })

  it("hands a refusal on at once when the service asks for longer than the deadline allows", async () => {
    for (const [limit, seconds, status] of [
      [5000, 4, 200],
      [5000, 5, 503],
      [undefined, 30, 200],
      [undefined, 31, 503],
      [undefined, 99_999_999_999, 503],
    ] as const) {
      const asked = exchange()
      if (limit !== undefined) asked.limit(limit)
      const made = retried({}, [reply(503, { "retry-after": String(seconds) })])
      const before = performance.now()
      const answer = made.handle(asked)
      await vi.advanceTimersByTimeAsync(status === 200 ? seconds * 1000 : 1)
      expect((await answer).status).toBe(status)
      expect(performance.now() - before).toBe(status === 200 ? seconds * 1000 : 1)
      asked.settled()
    }
  })

  it("does not begin a try that the deadline would end before", async () => {
    vi.spyOn(Math, "random").mockReturnValue(1)
    const asked = exchange()
    asked.limit(70)
    const made = retried({ attempts: 5 }, [502, 502, 504])
    expect(await outcome(made, asked)).toBe(502)
    expect(made.asked.length).toBe(2)
    asked.settled()
  })

  it("stops when the client leaves, during a try and between two", async () => {
    vi.spyOn(Math, "random").mockReturnValue(1)
    const gone = new GatewayError("client_gone", "The client went away.")
    for (const leaves of [10, 110]) {
      const made = retried({ backoff: { first: "1s" } }, [
        async (asked) => {
          await asked.unlessOver(new Promise((resolve) => setTimeout(resolve, 100)))
          return reply(503)
        },
      ])
      const asked = exchange()
      const answer = failureOf(() => made.handle(asked))
      setTimeout(() => asked.end(gone), leaves)
      await vi.advanceTimersByTimeAsync(leaves)
      expect(await answer).toBe(gone)
      expect(made.asked).toEqual(["a"])
      expect(vi.getTimerCount()).toBe(leaves < 100 ? 1 : 0)
      vi.clearAllTimers()
    }
  })

  it("ends a try that takes too long, and begins another", async () => {
    const slow = later()
    const made = retried({ tryTimeout: "100ms" }, [slow.answer])
    const asked = exchange()
    expect(await outcome(made, asked)).toBe(200)
    expect(made.asked).toEqual(["a", "b"])
    expect(made.exchanges[0]?.isOver).toBe(true)
    expect([asked.isOver, waitingNow()]).toEqual([false, 0])
  })

  it("leaves an answer alone that began in time, however long its body takes", async () => {
    let push: ReadableStreamDefaultController<Uint8Array> | undefined
    const body = new ReadableStream<Uint8Array>({ start: (controller) => void (push = controller) })
    const made = retried({ tryTimeout: "100ms" }, [reply(200, {}, body)])
    const { body: got } = await made.handle(exchange())
    await vi.advanceTimersByTimeAsync(10_000)
    push?.enqueue(new TextEncoder().encode("late"))
    push?.close()
    expect(await textOf(got)).toBe("late")
    expect(made.exchanges[0]?.isOver).toBe(false)
  })

  it("says that there was no answer when every try took too long", async () => {
    const made = retried({ tryTimeout: "100ms" }, [later().answer, later().answer])
    expect(await outcome(made)).toBe("timeout")
    expect(made.asked).toEqual(["a", "b"])
  })
})

describe("retry() and its budget", () => {
  it("stops when more than its share of the requests failed, and goes on when that is over", async () => {
    const made = retried({ budget: 20, backoff: { first: "1ms" } }, [])
    const fails = async (count: number): Promise<number> => {
      const before = made.asked.length
      for (let time = 0; time < count; time++) {
        made.script.push(503, 503)
        await outcome(made)
        made.script.length = 0
      }
      return made.asked.length - before - count
    }
    // Ten whatever happens, then one in five: of 100 requests 20.
    expect(await fails(100)).toBe(20)
    await vi.advanceTimersByTimeAsync(20_000)
    expect(await fails(10)).toBe(10)
    expect(await fails(10)).toBe(0)
  })

  it("spends nothing on a client that left", async () => {
    const made = retried({}, [])
    for (let time = 0; time < 20; time++) {
      made.script.push((asked) => {
        asked.end(new GatewayError("client_gone", "The client went away."))
        return reply(503)
      })
      expect(await outcome(made)).toBe(503)
    }
    made.script.push(503)
    expect(await outcome(made)).toBe(200)
  })

  it("spends nothing on a try that sent nothing, however many there are", async () => {
    const made = retried({ backoff: { first: "1ms" } }, [])
    for (let time = 0; time < 100; time++) {
      made.script.push(refused())
      expect(await outcome(made)).toBe(200)
    }
    // What it has left is for those that cost something.
    made.script.push(503)
    expect(await outcome(made)).toBe(200)
  })

  it("goes on with its budget after a reload", async () => {
    const { keep } = retried({}, [])
    const spent: number[] = []
    for (let load = 0; load < 3; load++) {
      const made = guarded(retry, { backoff: { first: "1ms" } }, { keep })
      for (let time = 0; time < 6; time++) {
        made.script.push(503, 200)
        await outcome(made)
        made.script.length = 0
      }
      spent.push(made.asked.length - 6)
    }
    expect(spent).toEqual([6, 4, 0])
  })
})

describe("retry options", () => {
  const problems = (value: unknown): string[] => {
    const found: string[] = []
    retry.options.parse(value, [], ({ code, path }) => void found.push(`${code} ${path.join(".")}`))
    return found
  }

  it.each([
    [{ attempts: 0 }, "E204 attempts"],
    [{ attempts: 11 }, "E204 attempts"],
    [{ on: [] }, "E205 on"],
    [{ on: ["conect"] }, "E204 on.0"],
    [{ on: [200] }, "E204 on.0"],
    [{ on: [600] }, "E204 on.0"],
    [{ on: [502.5] }, "E204 on.0"],
    [{ on: "5xx" }, "E203 on"],
    [{ methods: "ALL" }, "E204 methods"],
    [{ methods: [] }, "E205 methods"],
    [{ methods: ["get"] }, "E204 methods.0"],
    [{ methods: ["CONNECT"] }, "E204 methods.0"],
    [{ budget: 0 }, "E204 budget"],
    [{ budget: 101 }, "E204 budget"],
    [{ backoff: { firts: "1s" } }, "E201 backoff.firts"],
    [{ tries: 2 }, "E201 tries"],
    [3, "E203 "],
  ])("refuse %j", (value, problem) => {
    expect(problems(value)).toEqual([problem])
  })
})
