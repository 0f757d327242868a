import { afterEach, describe, expect, it } from "vitest"

import { env, useEnvironment } from "../../src/core/secret.ts"
import { service, serviceOptions } from "../../src/services/options.ts"
import { parsed, places } from "../core/parsed.ts"

afterEach(() => useEnvironment(process.env))

const options = { url: "http://localhost:4001", mock: undefined, balance: "roundRobin", timeout: undefined }

describe("service options", () => {
  it.each([
    "http://localhost:4001",
    "https://user.internal",
    "http://10.0.0.5:80/base/path/",
    "http://[::1]:8080",
    "HTTP://LOCALHOST",
  ])("take the URL %j in the short form, the long form and a list", (url) => {
    expect(parsed(service, url)).toEqual({ value: url, problems: [] })
    expect(parsed(service, { url })).toEqual({ value: { ...options, url }, problems: [] })
    expect(parsed(service, { url: [url, url] })).toEqual({ value: { ...options, url: [url, url] }, problems: [] })
  })

  it.each([
    ["localhost:4001", 'has the scheme "localhost:"'],
    ["//localhost", "is not a URL"],
    ["ftp://localhost", 'has the scheme "ftp:"'],
    ["http://", "is not a URL"],
    ["http://a b", "is not a URL"],
    ["http://localhost:99999", "is not a URL"],
    ["http://me@localhost", "carries a user name or password"],
    ["http://me:secret@localhost", "carries a user name or password"],
    ["http://localhost/?a=b", "carries a query or a fragment"],
    ["http://localhost/#a", "carries a query or a fragment"],
  ])("refuse %j: it %s", (url, wrong) => {
    for (const [value, at] of [
      [url, "here"],
      [{ url }, "here.url"],
      [{ url: ["http://ok", url] }, "here.url.1"],
    ] as const) {
      const { problems } = parsed(service, value)
      expect(places(problems)).toEqual([`E204 ${at}`])
      expect(problems[0]?.message).toBe(
        `Expected a URL such as "http://localhost:4001", but ${JSON.stringify(url)} ${wrong}.`,
      )
    }
  })

  it("take a URL from the environment, and do not print what is wrong with it", () => {
    useEnvironment({ GOOD: "http://10.0.0.5", BAD: "http://me:hunter2@10.0.0.5" })
    expect(parsed(service, env("GOOD"))).toEqual({ value: "http://10.0.0.5", problems: [] })
    const { problems } = parsed(service, { url: env("BAD") })
    expect(places(problems)).toEqual(["E204 here.url"])
    expect(JSON.stringify(problems)).not.toContain("hunter2")
  })

  it("say one thing about a variable that is missing", () => {
    useEnvironment({})
    expect(places(parsed(service, env("NONE")).problems)).toEqual(["E501 here"])
    expect(places(parsed(service, { url: [env("NONE")] }).problems)).toEqual(["E501 here.url.0"])
  })

  it.each([
    [{ url: [] }, "E205 here.url"],
    [{ mock: "no" }, "E204 here.mock"],
    [{ mock: false }, "E203 here.mock"],
    [{ balance: "rounRobin" }, "E204 here.balance"],
    [{ timeout: 5 }, "E203 here.timeout"],
    [{ timeout: "0s" }, "E204 here.timeout"],
    [{ urls: "http://x" }, "E201 here.urls key"],
    [5, "E203 here"],
    [["http://x"], "E203 here"],
  ])("refuse %j", (value, place) => {
    expect(places(parsed(service, value).problems)).toEqual([place])
  })

  it("name every algorithm and every mode in their documentation", () => {
    const { balance, mock } = serviceOptions.fields ?? {}
    for (const word of balance?.types("").match(/"\w+"/g) ?? []) expect(balance?.about).toContain(word)
    for (const word of mock?.types("").match(/"\w+"/g) ?? []) expect(mock?.about).toContain(word)
  })
})
