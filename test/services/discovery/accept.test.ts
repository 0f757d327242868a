import { describe, expect, it } from "vitest"

import { accept, ranges } from "../../../src/services/discovery/accept.ts"
import { parsed } from "./watching.ts"

const urls = (list: readonly string[], allow?: readonly string[]) => {
  const { entries, refused } = accept(
    list.map((url) => ({ url })),
    allow,
  )
  return { urls: entries.map(({ url }) => url), refused }
}

describe("accept()", () => {
  it("takes URLs of http and https, with a base path, each once", () => {
    expect(
      urls(["http://a:4001/", "HTTP://A:4001", "https://b/base/", "http://[::1]:80/x", "http://10.0.0.5"]),
    ).toEqual({
      urls: ["http://a:4001", "https://b/base", "http://[::1]/x", "http://10.0.0.5"],
      refused: [],
    })
  })

  it("keeps what is said beside the URL", () => {
    const entry = { url: "http://10.0.0.5:80", host: "shop.test", weight: 3, zone: "a", priority: 1 }
    expect(accept([entry], undefined).entries).toEqual([{ ...entry, url: "http://10.0.0.5" }])
  })

  it("takes one address under two names for two", () => {
    const both = ["a.test", "b.test"].map((host) => ({ url: "http://10.0.0.5", host }))
    expect(accept(both, undefined).entries).toEqual(both)
  })

  it.each([
    ["file:///etc/passwd", "is neither http nor https"],
    ["ftp://a", "is neither http nor https"],
    ["unix:///run/a.sock", "is neither http nor https"],
    ["a:4001", "is neither http nor https"],
    ["10.0.0.5", "is not a URL"],
    ["", "is not a URL"],
    ["http://", "is not a URL"],
    ["http://a:99999", "is not a URL"],
    ["http://me:secret@a", "carries a user name or password"],
    ["http://me@a", "carries a user name or password"],
    ["http://a/?x=1", "carries a query or a fragment"],
    ["http://a/#x", "carries a query or a fragment"],
    ["http://169.254.169.254/latest", "is a link-local address"],
    ["http://2852039166", "is a link-local address"],
    ["http://0251.0376.0251.0376", "is a link-local address"],
    ["http://169.254.1.1.:80", "is a link-local address"],
    ["http://[::ffff:169.254.169.254]", "is a link-local address"],
    ["http://[fe80::1]", "is a link-local address"],
    ["http://[febf::1]", "is a link-local address"],
  ])("refuses %s, without quoting it", (url, why) => {
    const { urls: taken, refused } = urls(["http://a", url])
    expect(taken).toEqual(["http://a"])
    expect(refused).toEqual([`entry 2 ${why}`])
  })

  it("refuses a name that would break a request open", () => {
    for (const host of ["a b", "a\r\nx: y", "a/b", "", "a:b"])
      expect(accept([{ url: "http://10.0.0.5", host }], undefined).refused).toEqual([
        "entry 1 has a name that cannot be sent",
      ])
  })

  it("takes only what is allowed, and names not at all", () => {
    const allow = ["10.1.0.0/16", "192.0.2.7", "fd00::/8"]
    const inside = ["http://10.1.255.9", "http://192.0.2.7:81", "http://[fd12::1]"]
    const outside = ["http://10.2.0.1", "http://192.0.2.8", "http://[fc00::1]", "http://localhost", "http://127.0.0.1"]
    expect(urls([...inside, ...outside], allow)).toEqual({
      urls: inside,
      refused: outside.map((_, index) => `entry ${inside.length + index + 1} is not in what "allow" names`),
    })
  })

  it("takes link-local addresses where the config allows them", () => {
    expect(urls(["http://169.254.3.4"], ["169.254.3.0/24"]).urls).toEqual(["http://169.254.3.4"])
  })
})

describe("ranges", () => {
  it.each(["10.0.0.0/8", "10.0.0.1", "0.0.0.0/0", "::1", "fd00::/8", "::/128"])("take %s", (one) => {
    expect(parsed(ranges, [one])).toEqual([one])
  })

  it.each(["10.0.0.0/33", "::/129", "10.0.0/8", "10.0.0.0/", "localhost", "", "10.0.0.0/-1", "10.0.0.0/8/8", "::1%lo"])(
    "refuse %j",
    (one) => {
      expect(() => parsed(ranges, [one])).toThrow("a range of addresses")
    },
  )
})
