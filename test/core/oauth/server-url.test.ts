import { describe, expect, it } from "vitest"

import { isPrivate } from "../../../src/core/oauth/server-url.ts"

describe("isPrivate()", () => {
  it.each([
    "https://id.example/jwks",
    "http://localhost:8080/",
    "http://id.localhost/",
    "http://127.0.0.1/",
    "http://127.1.2.3:80/",
    "http://[::1]:8080/",
  ])("holds for %s", (url) => {
    expect(isPrivate(url)).toBe(true)
  })

  it.each([
    "http://id.example/",
    "http://localhost.id.example/",
    "http://127.0.0.1.id.example/",
    "http://10.0.0.1/",
    "http://0.0.0.0/",
    "http://[::2]/",
    "ftp://localhost/",
    "file:///etc/keys",
    "nonsense",
  ])("does not hold for %s", (url) => {
    expect(isPrivate(url)).toBe(false)
  })
})
