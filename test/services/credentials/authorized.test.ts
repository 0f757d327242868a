import { describe, expect, it } from "vitest"

import type { Exchange } from "../../../src/core/exchange.ts"
import { HeaderList } from "../../../src/http/header-list.ts"
import { authorized } from "../../../src/services/credentials/authorized.ts"
import { credentialsOptions } from "../../../src/services/credentials/options.ts"
import { exchange, linesOf, type TestTools, tools } from "../../support/exchange.ts"
import { type Issuer, issuer } from "../../support/jwks.ts"

/** A service behind credentials of the gateway's own. */
function service(id: Issuer, given: TestTools = tools(), more: Readonly<Record<string, unknown>> = {}) {
  const seen: string[][] = []
  const made = { status: 200, fails: undefined as Error | undefined }
  const { clientCredentials } = credentialsOptions.parse(
    { clientCredentials: { tokenUrl: `${id.url}/token`, clientId: "gate", clientSecret: "s3cret", ...more } },
    [],
    ({ message }) => expect.fail(message),
  )
  const answer = authorized("orders", clientCredentials, given, (asked: Exchange) => {
    seen.push(asked.headers.all("authorization"))
    if (made.fails) throw made.fails
    return { status: made.status, headers: new HeaderList(), body: null }
  })
  return { seen, made, answer }
}

describe("authorized()", () => {
  it("shows the service a token of its own, and nobody else: what the client sent is there again afterwards", async () => {
    using id = issuer()
    const { answer, seen } = service(id)
    const asked = exchange({
      headers: [
        ["authorization", "Bearer mine"],
        ["x-a", "1"],
      ],
    })
    await answer(asked)
    expect(seen).toEqual([["Bearer granted"]])
    expect(linesOf(asked.headers)).toContainEqual(["authorization", "Bearer mine"])
    const plain = exchange()
    await answer(plain)
    expect(plain.headers.has("authorization")).toBe(false)
    expect(id.asked("/token")).toBe(1)
  })

  it("takes the token out of the request when the service fails, too", async () => {
    using id = issuer()
    const { answer, made } = service(id)
    made.fails = new Error("lost")
    const asked = exchange()
    await expect(answer(asked)).rejects.toThrow("lost")
    expect(asked.headers.has("authorization")).toBe(false)
  })

  it("asks for another token after the service did not take this one", async () => {
    using id = issuer()
    let count = 0
    id.grant = () => ({ access_token: `t${++count}`, token_type: "Bearer", expires_in: 600 })
    const { answer, made, seen } = service(id)
    made.status = 401
    expect((await answer(exchange())).status).toBe(401)
    made.status = 200
    await answer(exchange())
    expect(seen).toEqual([["Bearer t1"], ["Bearer t2"]])
  })

  it("does not ask the service at all without a token", async () => {
    using id = issuer()
    id.instead = () => Response.json({ error: "invalid_client" }, { status: 401 })
    const { answer, seen } = service(id)
    await expect(answer(exchange())).rejects.toMatchObject({ code: "unavailable", status: 503 })
    expect(seen).toEqual([])
  })

  it("fetches its first token once it is served, and keeps it over reloads that change nothing about it", async () => {
    using id = issuer()
    const given = tools()
    const first = service(id, given)
    expect(id.questions).toEqual([])
    given.begins[0]?.()
    await first.answer(exchange())
    await service(id, given).answer(exchange())
    expect(id.asked("/token")).toBe(1)
    await service(id, given, { parameters: { audience: "other" } }).answer(exchange())
    expect(id.asked("/token")).toBe(2)
    expect(id.questions[1]?.form.get("audience")).toBe("other")
  })
})
