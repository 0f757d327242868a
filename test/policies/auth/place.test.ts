import { describe, expect, it } from "vitest"

import { credentialAt, stripping } from "../../../src/policies/auth/place.ts"
import { type Place, Refused } from "../../../src/policies/auth/scheme.ts"
import { type Asked, exchange } from "../../support/exchange.ts"

const header: Place = { in: "header", name: "x-api-key" }
const bearer: Place = { in: "header", name: "authorization", word: "bearer" }
const cookie: Place = { in: "cookie", name: "session" }
const query: Place = { in: "query", name: "key" }

describe("credentialAt()", () => {
  const found: [why: string, place: Place, asked: Asked, credential: string | undefined][] = [
    ["a header", header, { headers: { "x-api-key": "abc" } }, "abc"],
    ["an empty header", header, { headers: { "x-api-key": "" } }, ""],
    ["no header", header, {}, undefined],
    [
      "what stands after a word, in letters of either size",
      bearer,
      { headers: { authorization: "bEARER  abc " } },
      "abc",
    ],
    ["a word alone", bearer, { headers: { authorization: "Bearer" } }, ""],
    ["a word that goes on", bearer, { headers: { authorization: "Bearerx abc" } }, undefined],
    [
      "what stands after a word that has more than letters",
      { ...bearer, word: "my_key-2" },
      { headers: { authorization: "My_Key-2 abc" } },
      "abc",
    ],
    [
      "another word by one bit",
      { ...bearer, word: "my_key-2" },
      { headers: { authorization: "My\x7fKey-2 abc" } },
      undefined,
    ],
    ["another word", bearer, { headers: { authorization: "Basic abc" } }, undefined],
    ["a cookie among others", cookie, { headers: { cookie: "a=1; session=abc=d; b=2" } }, "abc=d"],
    ["a cookie whose name goes on", cookie, { headers: { cookie: "sessions=abc; xsession=1" } }, undefined],
    ["a cookie without a value", cookie, { headers: { cookie: "session" } }, undefined],
    ["a query parameter", query, { path: "/x?a=1&key=abc" }, "abc"],
    ["an escaped query parameter", query, { path: "/x?%6Bey=a%20b+c" }, "a b c"],
    ["a query parameter with broken escapes", query, { path: "/x?key=%zz" }, "%zz"],
    ["a query parameter without a value", query, { path: "/x?key" }, ""],
    ["a lone question mark", query, { path: "/x?" }, undefined],
  ]
  it.each(found)("finds %s", (_, place, asked, credential) => {
    expect(credentialAt(exchange(asked), place)).toBe(credential)
  })

  const twice: [why: string, place: Place, asked: Asked][] = [
    [
      "header",
      header,
      {
        headers: [
          ["x-api-key", "a"],
          ["x-api-key", "b"],
        ],
      },
    ],
    [
      "header, once with another word",
      bearer,
      {
        headers: [
          ["authorization", "Bearer a"],
          ["authorization", "Basic b"],
        ],
      },
    ],
    ["cookie", cookie, { headers: { cookie: "session=a; session=b" } }],
    [
      "cookie, in two lines",
      cookie,
      {
        headers: [
          ["cookie", "session=a"],
          ["cookie", "session=b"],
        ],
      },
    ],
    ["query parameter", query, { path: "/x?key=a&%6bey=b" }],
  ]
  it.each(twice)("refuses a %s that is there twice: a service might read the other", (_, place, asked) => {
    expect(() => credentialAt(exchange(asked), place)).toThrow(Refused)
  })
})

describe("stripping()", () => {
  const strip = stripping([header, bearer, cookie, query])

  function stripped(asked: Asked): { headers: [string, string][]; search: string } {
    const made = exchange(asked)
    strip(made)
    return { headers: [...made.headers], search: made.search }
  }

  it("takes credentials out of everywhere, and leaves the rest in its order", () => {
    const { headers, search } = stripped({
      path: "/x?a=1&k%65y=abc&b=%zz",
      headers: [
        ["accept", "*/*"],
        ["x-api-key", "abc"],
        ["authorization", "bearer abc"],
        ["cookie", "a=1; session=abc; b=2"],
      ],
    })
    expect(headers).toEqual([
      ["accept", "*/*"],
      ["cookie", "a=1; b=2"],
    ])
    expect(search).toBe("?a=1&b=%zz")
  })

  it("takes out the twins that many servers read as the same header", () => {
    expect(stripped({ headers: { x_api_key: "abc", "x-api_key": "abc" } }).headers).toEqual([])
  })

  it("leaves credentials of another kind in the same header", () => {
    expect(stripped({ headers: { authorization: "Basic abc" } }).headers).toEqual([["authorization", "Basic abc"]])
  })

  it("takes out the parts of a long cookie, and a cookie line that is empty then", () => {
    expect(stripped({ headers: { cookie: "session.0=a; session.1=b" } }).headers).toEqual([])
    expect(stripped({ headers: { cookie: "session.x=a" } }).headers).toEqual([["cookie", "session.x=a"]])
  })

  it("takes out every one of several", () => {
    const asked: Asked = {
      path: "/x?key=a&key=b",
      headers: [
        ["x-api-key", "a"],
        ["x-api-key", "b"],
      ],
    }
    expect(stripped(asked)).toEqual({ headers: [], search: "" })
  })
})
