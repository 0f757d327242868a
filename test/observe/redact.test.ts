import { describe, expect, it } from "vitest"

import { redaction } from "../../src/observe/redact.ts"
import { makeKey } from "../../src/policies/auth/api-key/key-text.ts"

const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJlLXRoYXQtaXMtbG9uZw"

describe("redaction()", () => {
  const redact = redaction()

  it.each([
    ["authorization", "Bearer abc", "Bearer [redacted]"],
    ["authorization", "abc", "[redacted]"],
    ["proxy-authorization", "Basic YTpi", "Basic [redacted]"],
    ["x-api-key", "abc", "[redacted]"],
    ["x-shop-token", "abc", "[redacted]"],
    ["cookie", "sid=1; theme=dark", "sid=[redacted]; theme=[redacted]"],
    ["set-cookie", "sid=1; Path=/; HttpOnly", "sid=[redacted]; Path=/; HttpOnly"],
    ["user-agent", "curl/8", "curl/8"],
    ["referer", "https://a.example/x?token=1&page=2", "https://a.example/x?token=[redacted]&page=2"],
    ["x-forwarded-for", `1.2.3.4, ${jwt}`, "1.2.3.4, [redacted]"],
  ])("shows the header %s: %s as %s", (name, value, shown) => {
    expect(redact.header(name, value)).toBe(shown)
  })

  it.each([
    ["", ""],
    ["?", "?"],
    ["?a=1&b", "?a=1&b"],
    ["?token=", "?token="],
    ["?token=x&a=1&access_token=y", "?token=[redacted]&a=1&access_token=[redacted]"],
    ["?to%6ben=x", "?to%6ben=[redacted]"],
    [
      "?client%5Fsecret=x&Password=y&code=z&sig=w",
      "?client%5Fsecret=[redacted]&Password=[redacted]&code=[redacted]&sig=[redacted]",
    ],
    ["?%zz=x&key=y", "?%zz=x&key=[redacted]"],
    [`?next=${jwt}`, "?next=[redacted]"],
  ])("shows the query %s as %s", (query, shown) => {
    expect(redact.query(query)).toBe(shown)
  })

  it("hides values that look like keys and tokens, wherever they stand", () => {
    for (const environment of ["live", "test"])
      expect(redact.text(`/by-key/${makeKey(environment)}/x`)).toBe("/by-key/[redacted]/x")
    expect(redact.text(`/t/${jwt}`)).toBe("/t/[redacted]")
    expect(redact.text("said Bearer abcdef.ghi")).toBe("said Bearer [redacted]")
    expect(redact.text("/users/42/orders_of_this_year")).toBe("/users/42/orders_of_this_year")
  })

  it("hides what the config and auth name, also when they do so later", () => {
    const more = new Set(["x-ticket"])
    const other = redaction(more)
    more.add("t")
    expect(other.header("x-ticket", "1")).toBe("[redacted]")
    expect(other.query("?t=1&u=2")).toBe("?t=[redacted]&u=2")
    expect(other.names("T")).toBe(true)
    expect(redact.names("t")).toBe(false)
  })
})
