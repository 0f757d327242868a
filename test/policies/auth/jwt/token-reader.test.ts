import { afterEach, beforeAll, describe, expect, it, vi } from "vitest"

import { jwt } from "../../../../src/policies/auth/jwt.ts"
import { exchange, tools } from "../../../support/exchange.ts"
import { bearing, type Pair, pair, seconds, token } from "../../../support/jwks.ts"

let rsa: Pair

beforeAll(async () => void (rsa = await pair("RS256", "one")))
afterEach(() => void vi.useRealTimers())

describe("tokenReader()", () => {
  const scheme = (written: unknown) =>
    jwt.create(
      jwt.options.parse(written, [], ({ message }) => expect.fail(message)),
      tools(),
    )

  it("remembers what it found, and tells it at once the next time", async () => {
    const one = scheme({ key: rsa.jwk })
    const text = await token(rsa)
    const first = one.identify(exchange({ headers: bearing(text) }))
    expect(first).toBeInstanceOf(Promise)
    expect(one.identify(exchange({ headers: bearing(text) }))).toBeInstanceOf(Promise)
    const found = await first
    expect(one.identify(exchange({ headers: bearing(text) }))).toBe(found)
    expect(() => one.identify(exchange({ headers: bearing(`${text}=`) }))).toThrow("form of a JWT")
  })

  it("tells it in a way that nobody can change", async () => {
    const one = scheme({ key: rsa.jwk })
    const found = await one.identify(exchange({ headers: bearing(await token(rsa, { deep: { list: [1] } })) }))
    const { deep } = (found?.claims ?? {}) as { deep: { list: number[] } }
    expect(() => deep.list.push(2)).toThrow(TypeError)
    expect(() => Object.assign(found ?? {}, { subject: "eve" })).toThrow(TypeError)
  })

  it("remembers it until the token ends", async () => {
    vi.useFakeTimers({ now: 1_000_000_000_000, toFake: ["Date"] })
    const one = scheme({ key: rsa.jwk })
    const asked = exchange({ headers: bearing(await token(rsa, { exp: seconds(10) })) })
    await one.identify(asked)
    vi.setSystemTime(1_000_000_010_999)
    expect(one.identify(asked)).not.toBeInstanceOf(Promise)
    vi.setSystemTime(1_000_000_011_000)
    await expect(one.identify(asked)).rejects.toThrow("it has expired")
  })

  it("asks the function of the config each time", async () => {
    let open = true
    const one = scheme({ key: rsa.jwk, check: () => open })
    const asked = exchange({ headers: bearing(await token(rsa)) })
    await one.identify(asked)
    expect(one.identify(asked)).toMatchObject({ subject: "ada" })
    open = false
    expect(() => one.identify(asked)).toThrow("does not let it in")
  })
})
