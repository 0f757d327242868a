import { afterEach, describe, expect, it } from "vitest"

import { env, useSurroundings } from "../../src/core/secret.ts"
import { balancers } from "../../src/services/balancers/index.ts"
import { modes, service, serviceOptions } from "../../src/services/options.ts"
import { parsed, places } from "../core/parsed.ts"

afterEach(() => useSurroundings(process.env, "."))

const urls = (value: unknown): unknown => {
  const found = service.parse(value, [], ({ message }) => {
    throw new Error(message)
  })
  return typeof found === "string" ? found : found.url?.map(({ url }) => url)
}

describe("service options", () => {
  it.each([
    "http://localhost:4001",
    "https://user.internal",
    "http://10.0.0.5:80/base/path/",
    "http://[::1]:8080",
    "HTTP://LOCALHOST",
    "unix:/run/cart.sock",
    "unix:/run/cart.sock:/base",
  ])("take the URL %j in the short form, the long form and a list", (url) => {
    expect(urls(url)).toBe(url)
    expect(urls({ url })).toEqual([url])
    expect(urls({ url: { url } })).toEqual([url])
    expect(urls({ url: [url, { url, weight: 2 }] })).toEqual([url, url])
  })

  it.each([
    ["", "is not a URL"],
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
    ["unix:cart.sock", "names no socket by its whole path"],
  ])("refuse %j: it %s", (url, wrong) => {
    for (const [value, at] of [
      [url, "here"],
      [{ url }, "here.url"],
      [{ url: ["http://ok", url] }, "here.url.1"],
      [{ url: [{ url, weight: 1 }] }, "here.url.0.url"],
    ] as const) {
      const { problems } = parsed(service, value)
      expect(places(problems)).toEqual([`E204 ${at}`])
      expect(problems[0]?.message).toBe(
        `Expected a URL such as "http://localhost:4001", but ${JSON.stringify(url)} ${wrong}.`,
      )
    }
  })

  it("take a URL from the environment, and do not print what is wrong with it", () => {
    useSurroundings({ GOOD: "http://10.0.0.5", BAD: "http://me:hunter2@10.0.0.5", WORSE: "hunter2:abc" }, ".")
    // What is not to be printed is called by its place.
    const found = { url: [{ url: "http://10.0.0.5", label: "#1" }] }
    expect(parsed(service, env("GOOD"))).toMatchObject({ value: found, problems: [] })
    const { problems } = parsed(service, { url: env("BAD") })
    expect(places(problems)).toEqual(["E204 here.url"])
    expect(JSON.stringify(problems)).not.toContain("hunter2")
    expect(JSON.stringify(parsed(service, { url: env("WORSE") }).problems)).not.toContain("hunter2")
  })

  it("say one thing about a variable that is missing", () => {
    useSurroundings({}, ".")
    expect(places(parsed(service, env("NONE")).problems)).toEqual(["E501 here"])
    expect(places(parsed(service, { url: [env("NONE")] }).problems)).toEqual(["E501 here.url.0"])
  })

  it.each([
    [{ url: [] }, "E205 here.url"],
    [{ mock: "no" }, "E204 here.mock"],
    [{ mock: false }, "E203 here.mock"],
    [{ url: [{ weight: 1 }] }, "E202 here.url.0"],
    [{ url: { url: "http://x", weight: -1 } }, "E204 here.url.weight"],
    [{ url: [5] }, "E203 here.url.0"],
    [{ url: [["http://x"]] }, "E203 here.url.0"],
    [{ balance: "rounRobin" }, "E204 here.balance"],
    [{ balance: "constructor" }, "E204 here.balance"],
    [{ balance: "" }, "E204 here.balance"],
    [{ balance: {} }, "E204 here.balance"],
    [{ balance: { roundRobin: {}, random: {} } }, "E204 here.balance"],
    [{ balance: { roundRobin: { x: 1 } } }, "E201 here.balance.roundRobin.x key"],
    [{ balance: { roundRobin: 5 } }, "E203 here.balance.roundRobin"],
    [{ balance: 5 }, "E203 here.balance"],
    [{ concurrency: { limit: 0 } }, "E204 here.concurrency.limit"],
    [{ concurrency: {} }, "E202 here.concurrency"],
    [{ protocol: "h2" }, "E204 here.protocol"],
    [{ protocol: true }, "E203 here.protocol"],
    [{ timeout: 5 }, "E203 here.timeout"],
    [{ timeout: "0s" }, "E204 here.timeout"],
    [{ urls: "http://x" }, "E201 here.urls key"],
    [5, "E203 here"],
    [["http://x"], "E203 here"],
  ])("refuse %j", (value, place) => {
    expect(places(parsed(service, value).problems)).toEqual([place])
  })

  it("say which algorithm was meant, and name every one and every mode in their documentation", () => {
    expect(parsed(service, { balance: "rounRobin" }).problems[0]?.message).toBe(
      'Expected one algorithm, got "rounRobin". Did you mean "roundRobin"?',
    )
    const { balance, mock } = serviceOptions.fields ?? {}
    for (const { name } of balancers) expect(balance?.about).toContain(`"${name}"`)
    for (const mode of modes) expect(mock?.about).toContain(`"${mode}"`)
  })

  it("build the algorithm once for each config, the standard one where none is named", () => {
    const made = serviceOptions.parse({ balance: "random" }, [], () => expect.fail())
    expect(typeof made.balance).toBe("function")
    expect(typeof serviceOptions.parse({}, [], () => expect.fail()).balance).toBe("function")
  })
})
