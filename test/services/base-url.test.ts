import { describe, expect, it } from "vitest"

import { shown } from "../../src/core/schema.ts"
import { env, useSurroundings } from "../../src/core/secret.ts"
import { baseUrl, upstreamUrl } from "../../src/services/base-url.ts"
import { parsed, places } from "../core/parsed.ts"

describe("baseUrl()", () => {
  it.each([
    ["http://localhost:4001", "localhost", "4001", "localhost:4001", "", "http://localhost:4001"],
    ["https://user.internal", "user.internal", "", "user.internal", "", "https://user.internal"],
    ["HTTP://LOCALHOST:80/", "localhost", "", "localhost", "", "http://localhost"],
    ["http://10.0.0.5:81/base/path/", "10.0.0.5", "81", "10.0.0.5:81", "/base/path", "http://10.0.0.5:81/base/path"],
    ["http://[::1]:8080", "[::1]", "8080", "[::1]:8080", "", "http://[::1]:8080"],
  ])("takes %s apart", (url, hostname, port, host, basePath, label) => {
    expect(baseUrl(url)).toMatchObject({ hostname, port, host, basePath, label, unix: undefined })
  })

  it.each([
    ["unix:/run/cart.sock", "/run/cart.sock", "", "unix:/run/cart.sock"],
    ["UNIX:/run/cart.sock", "/run/cart.sock", "", "unix:/run/cart.sock"],
    ["unix:/run/cart.sock:/", "/run/cart.sock", "", "unix:/run/cart.sock"],
    ["unix:/run/cart.sock:/base/", "/run/cart.sock", "/base", "unix:/run/cart.sock:/base"],
    ["unix:/run/a b%20c.sock:/a:b", "/run/a b%20c.sock", "/a:b", "unix:/run/a b%20c.sock:/a:b"],
  ])("takes %s apart: the path of a socket, byte for byte, and the base path", (url, unix, basePath, label) => {
    expect(baseUrl(url)).toMatchObject({ protocol: "http:", host: "localhost", unix, basePath, label })
  })
})

describe("upstreamUrl", () => {
  const longest = process.platform === "darwin" ? 103 : 107

  it.each(["unix:/run/cart.sock", "unix:/run/cart.sock:/base", "unix:/x", `unix:/${"a".repeat(longest - 1)}:/base`])(
    "takes %j",
    (url) => {
      expect(parsed(upstreamUrl, url)).toMatchObject({ value: url, problems: [] })
    },
  )

  it.each([
    ["unix:", "names no socket by its whole path"],
    ["unix:cart.sock", "names no socket by its whole path"],
    ["unix:./cart.sock", "names no socket by its whole path"],
    ["unix:@cart", "names no socket by its whole path"],
    ["unix://run/cart.sock", "names no socket by its whole path"],
    ["unix:///run/cart.sock", "names no socket by its whole path"],
    ["unix:/", "names no socket by its whole path"],
    ["unix:/run/", "names no socket by its whole path"],
    ["unix:/run/\0cart.sock", "has a control character in it"],
    ["unix:/run/cart.sock:/a\nb", "has a control character in it"],
    ["unix:/run/cart.sock:", "has no base path behind its last colon"],
    ["unix:/run/cart.sock:base", "has no base path behind its last colon"],
    ["unix:/run/cart.sock:4001", "has no base path behind its last colon"],
    ["unix:/run/cart.sock:/base?a=b", "has no base path behind its last colon"],
    ["unix:/run/cart.sock:/base#a", "has no base path behind its last colon"],
    [`unix:/${"a".repeat(longest)}`, `has a path of ${longest + 1} bytes, and that of a socket may have ${longest}`],
    [`unix:/${"é".repeat(60)}`, `has a path of 121 bytes, and that of a socket may have ${longest}`],
  ])("refuses %j: it %s", (url, wrong) => {
    const { problems } = parsed(upstreamUrl, url)
    expect(places(problems)).toEqual(["E204 here"])
    expect(problems[0]?.message).toBe(`Expected a URL such as "http://localhost:4001", but ${shown(url)} ${wrong}.`)
    expect(problems[0]?.fix).not.toBe("")
  })

  it("shows nothing of a secret one", () => {
    useSurroundings({ BAD: "unix:hunter2.sock" }, ".")
    const { problems } = parsed(upstreamUrl, env("BAD"))
    expect(problems[0]?.message).toBe(
      'Expected a URL such as "http://localhost:4001", but it names no socket by its whole path.',
    )
    expect(JSON.stringify(problems)).not.toContain("hunter2")
    useSurroundings(process.env, ".")
  })
})
