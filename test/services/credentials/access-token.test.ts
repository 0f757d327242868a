import { describe, expect, it } from "vitest"

import type { JsonAnswer, JsonQuestion } from "../../../src/core/oauth/ask-json.ts"
import { AccessToken } from "../../../src/services/credentials/access-token.ts"
import { credentialsOptions } from "../../../src/services/credentials/options.ts"
import { tools } from "../../support/exchange.ts"

const written = { tokenUrl: "https://id.example/token", clientId: "gate", clientSecret: "s3cret" }

const read = (more: Readonly<Record<string, unknown>> = {}) => {
  const problems: string[] = []
  const { clientCredentials } = credentialsOptions.parse(
    { clientCredentials: { ...written, ...more } },
    ["auth"],
    ({ path, message }) => void problems.push(`${path.join(".")}: ${message}`),
  )
  return { options: clientCredentials, problems }
}

/** A server of a test that grants tokens, and a clock. */
function granting(more?: Readonly<Record<string, unknown>>) {
  const made = {
    now: 0,
    questions: [] as JsonQuestion[],
    answer: (count: number): JsonAnswer => ({
      status: 200,
      body: { access_token: `t${count}`, token_type: "Bearer", expires_in: 600 },
    }),
    fails: undefined as string | undefined,
  }
  const ask = async (question: JsonQuestion): Promise<JsonAnswer> => {
    made.questions.push(question)
    const count = made.questions.length
    await Promise.resolve()
    if (made.fails !== undefined) throw new Error(made.fails)
    return made.answer(count)
  }
  const token = new AccessToken(read(more).options, ask, () => made.now)
  return { made, token }
}

describe("AccessToken", () => {
  it("is asked for once by all who wait, and known at once from then on", async () => {
    const { made, token } = granting({ scope: ["a", "b"], parameters: { audience: "https://orders.example" } })
    expect(await Promise.all([token.header(), token.header()])).toEqual(["Bearer t1", "Bearer t1"])
    expect(token.header()).toBe("Bearer t1")
    expect(made.questions).toHaveLength(1)
    const [question] = made.questions
    expect(question?.url).toBe("https://id.example/token")
    expect(question?.headers).toEqual({ authorization: `Basic ${btoa("gate:s3cret")}` })
    expect(Object.fromEntries(question?.form ?? [])).toEqual({
      grant_type: "client_credentials",
      scope: "a b",
      audience: "https://orders.example",
    })
  })

  it("is replaced ahead of its end, while the old one is still shown", async () => {
    const { made, token } = granting({ ahead: "1m" })
    await token.header()
    made.now = 539_999
    expect(token.header()).toBe("Bearer t1")
    expect(made.questions).toHaveLength(1)
    made.now = 540_000
    expect([token.header(), token.header()]).toEqual(["Bearer t1", "Bearer t1"])
    await Bun.sleep(0)
    expect(made.questions).toHaveLength(2)
    expect(token.header()).toBe("Bearer t2")
  })

  it("lives for at least half of its life, however long ahead it is to be replaced", async () => {
    const { made, token } = granting({ ahead: "1h" })
    await token.header()
    made.now = 299_999
    token.header()
    await Bun.sleep(0)
    expect(made.questions).toHaveLength(1)
    made.now = 300_000
    token.header()
    await Bun.sleep(0)
    expect(made.questions).toHaveLength(2)
  })

  it("is not shown after its end", async () => {
    const { made, token } = granting()
    await token.header()
    made.now = 600_000
    expect(await token.header()).toBe("Bearer t2")
  })

  it("stays while another one cannot be had, and is asked for less and less often", async () => {
    const { made, token } = granting({ ahead: "1m" })
    const { log, logged } = tools()
    token.log = log
    await token.header()
    made.fails = "no answer within 5s"
    const asked: number[] = []
    for (made.now = 540_000; made.now < 600_000; made.now += 500) {
      const before = made.questions.length
      expect(token.header()).toBe("Bearer t1")
      await Bun.sleep(0)
      if (made.questions.length > before) asked.push((made.now - 540_000) / 1000)
    }
    expect(asked).toEqual([0, 1, 3, 7, 15, 31])
    made.now = 600_000
    expect(await token.header()).toBeUndefined()
    expect(made.questions).toHaveLength(7)
    made.fails = undefined
    made.now = 631_000
    expect(await token.header()).toMatch(/^Bearer t\d+$/)
    expect(logged.map(({ message }) => message)).toEqual([
      "access tokens of https://id.example/token cannot be had: no answer within 5s",
      "access tokens of https://id.example/token can be had again",
    ])
  })

  it("is replaced when a service does not take it, but not for each that says so", async () => {
    const { made, token } = granting()
    const first = (await token.header()) ?? ""
    token.doubt(first)
    const second = (await token.header()) ?? ""
    expect(second).toBe("Bearer t2")
    token.doubt(first)
    token.doubt(second)
    expect(token.header()).toBe("Bearer t2")
    made.now = 10_000
    token.doubt(second)
    expect(await token.header()).toBe("Bearer t3")
  })

  it.each<[why: string, answer: JsonAnswer, reason: RegExp]>([
    ["refuses", { status: 401, body: { error: "invalid_client" } }, /it answers with 401 \(invalid_client\)$/],
    ["refuses at length", { status: 400, body: { error: "the secret s3cret\nis wrong" } }, /it answers with 400$/],
    ["gives no token", { status: 200, body: { token_type: "Bearer" } }, /its answer has no access token/],
    [
      "gives a token with a line break",
      { status: 200, body: { access_token: "a\r\nb", token_type: "Bearer" } },
      /no access token/,
    ],
    [
      "gives another kind of token",
      { status: 200, body: { access_token: "a", token_type: "DPoP" } },
      /not bearer tokens/,
    ],
    [
      "gives a token without a life",
      { status: 200, body: { access_token: "a", token_type: "bearer", expires_in: 0 } },
      /"expires_in"/,
    ],
    [
      "gives a token with nonsense for a life",
      { status: 200, body: { access_token: "a", token_type: "bearer", expires_in: "soon" } },
      /"expires_in"/,
    ],
  ])("cannot be had from a server that %s", async (_, answer, reason) => {
    const { made, token } = granting()
    const { log, logged } = tools()
    token.log = log
    made.answer = () => answer
    expect(await token.header()).toBeUndefined()
    expect(logged[0]?.message).toMatch(reason)
    expect(JSON.stringify(logged)).not.toContain("s3cret")
  })

  it("lives for five minutes where the server does not say how long", async () => {
    const { made, token } = granting()
    made.answer = (count) => ({ status: 200, body: { access_token: `t${count}`, token_type: "bearer" } })
    await token.header()
    made.now = 299_999
    expect(token.header()).toBe("Bearer t1")
    made.now = 600_001
    expect(await token.header()).not.toBe("Bearer t1")
  })
})

describe("credentialsOptions", () => {
  it.each<[options: Readonly<Record<string, unknown>>, problem: RegExp]>([
    [{ tokenUrl: "http://id.example/token" }, /^auth.clientCredentials.tokenUrl: .*others can read along/],
    [{ clientSecret: undefined }, /^auth.clientCredentials: Expected one of "clientSecret" and "clientKey"/],
    [{ scope: 'a"b' }, /^auth.clientCredentials.scope: Expected a scope/],
    [{ scope: [] }, /^auth.clientCredentials.scope: Empty list/],
    [
      { parameters: { grant_type: "password" } },
      /^auth.clientCredentials.parameters.grant_type: .*said by the other options/,
    ],
    [{ ahead: 0 }, /^auth.clientCredentials.ahead: Expected a duration/],
  ])("refuses %j", (options, problem) => {
    expect(read(options).problems[0]).toMatch(problem)
  })
})
