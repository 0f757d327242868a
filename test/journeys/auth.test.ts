import { describe, expect, it } from "vitest"

import { digestOf, makeKey } from "../../src/policies/auth/api-key/key-text.ts"
import { gateway } from "../support/gateway.ts"
import { ask } from "../support/raw.ts"
import { save } from "../support/saves.ts"
import { rawUpstream } from "../support/upstream.ts"

const answer = (status: string, headers = ""): string => `HTTP/1.1 ${status}\r\nContent-Length: 0\r\n${headers}\r\n`

const headerOf = (headers: readonly (readonly [string, string])[], name: string): string | undefined =>
  headers.find(([key]) => key.toLowerCase() === name)?.[1]

const key = makeKey("live")
const keysJson = (text: string): string =>
  JSON.stringify({ partner: { key: `sha256:${digestOf(text)}`, roles: ["admin"] } })

describe("auth", () => {
  it("tells callers apart in every way at once, and tells services who it is", async () => {
    using service = await rawUpstream()
    using checker = await rawUpstream(({ headers }) =>
      headerOf(headers, "authorization") === "Ticket t-1"
        ? answer("204 No Content", "X-User: cleo\r\n")
        : answer("401 Unauthorized", "WWW-Authenticate: Ticket\r\n"),
    )
    await using served = await gateway(
      `{
        services: { shop: "${service.url}", checker: "${checker.url}" },
        defaults: {
          auth: {
            apiKey: { keys: file("keys.json") },
            basic: { users: { ada: { password: "$2b$04$vG939QkvLd7ZEin/Bmqlyutmx8tCurcIHVuLTYgQIE66XCoruu.XO", roles: ["admin"] } } },
            custom: {
              identify: ({ query }) => {
                const ticket = query.get("ticket")
                return ticket === null ? undefined : ticket === "t-7" && { subject: "bob" }
              },
              from: { query: "ticket" },
            },
            tell: { headers: { "x-user": "subject" }, jwt: { key: "0123456789abcdef0123456789abcdef" } },
          },
        },
        routes: {
          "/open": { service: "shop", auth: false },
          "/some": { service: "shop", auth: { apiKey: { keys: file("keys.json") }, anonymous: true } },
          "/all": "shop",
          "/admin": { service: "shop", authorize: { roles: "admin" } },
          "/asked": { service: "shop", auth: { forward: { service: "checker", subject: "x-user" } } },
        },
      }`,
      { files: { "keys.json": keysJson(key) } },
    )
    const basic = (pair: string): string => `Authorization: Basic ${Buffer.from(pair).toString("base64")}`

    async function told(path: string, ...headers: string[]): Promise<[status: number, user?: string]> {
      const { status } = await ask(served.url, path, { headers: [...headers, "X-User: admin", "X_User: admin"] })
      if (status !== 200) return [status]
      const got = await service.next()
      expect(got.headers.filter(([name]) => /^x[-_]user$/i.test(name))).toHaveLength(
        headerOf(got.headers, "x-user") ? 1 : 0,
      )
      return [status, headerOf(got.headers, "x-user") ?? "nobody"]
    }

    expect(await told("/open")).toEqual([200, "nobody"])
    expect(await told("/some")).toEqual([200, "nobody"])
    expect(await told("/some", `X-API-Key: ${key}`)).toEqual([200, "partner"])
    expect(await told("/some", "X-API-Key: constructor")).toEqual([401])
    expect(await told("/all")).toEqual([401])
    expect(await told("/all", `X-API-Key: ${key}`)).toEqual([200, "partner"])
    expect(await told("/all", basic("ada:secret"))).toEqual([200, "ada"])
    expect(await told("/all", basic("ada:wrong"))).toEqual([401])
    expect(await told("/all?ticket=t-7")).toEqual([200, "bob"])
    expect(await told("/all?ticket=t-8")).toEqual([401])
    expect(await told("/admin?ticket=t-7")).toEqual([403])
    expect(await told("/admin", basic("ada:secret"))).toEqual([200, "ada"])
    expect(await told("/asked", "Authorization: Ticket t-1")).toEqual([200, "cleo"])
    expect(await told("/asked", "Authorization: Ticket t-2")).toEqual([401])

    const refused = await ask(served.url, "/all")
    expect(headerOf(refused.headers, "www-authenticate")).toBe('ApiKey, Basic realm="gateway", charset="UTF-8", Custom')
    expect(JSON.parse(refused.body)).toMatchObject({ status: 401, code: "unauthorized" })

    await told("/all", `X-API-Key: ${key}`)
    const [last] = service.received.slice(-1)
    expect(headerOf(last?.headers ?? [], "x-identity")?.split(".")).toHaveLength(3)
    expect(headerOf(last?.headers ?? [], "x-api-key")).toBeUndefined()
    expect(service.received.some(({ target }) => target.includes("ticket"))).toBe(false)
  })

  it("takes the keys of a file as soon as it is saved, and keeps those before where it is broken", async () => {
    const other = makeKey("live")
    const config = `{ routes: { "/x": { reply: { body: "x" }, auth: { apiKey: { keys: file("keys.json") } } } } }`
    await using served = await gateway(config, { command: "dev", files: { "keys.json": keysJson(key) } })
    const statuses = async (): Promise<number[]> => {
      const asked = [key, other].map((one) => ask(served.url, "/x", { headers: [`X-API-Key: ${one}`] }))
      return (await Promise.all(asked)).map(({ status }) => status)
    }
    expect(await statuses()).toEqual([200, 401])
    save(served.folder.path, "keys.json", '{ "partner": broken')
    const { issues } = await served.next(({ event, outcome }) => event === "reload" && outcome === "refused")
    expect(issues?.[0]?.message).toMatch(/In file\(".*keys\.json"\): this is not valid JSON\.$/)
    expect(await statuses()).toEqual([200, 401])
    save(served.folder.path, "keys.json", keysJson(other))
    await served.next(
      ({ event, outcome, generation }) => event === "reload" && outcome === "applied" && generation === 2,
    )
    expect(await statuses()).toEqual([401, 200])
  })
})
