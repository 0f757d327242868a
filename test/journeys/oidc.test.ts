import { afterAll, beforeAll, describe, expect, it } from "vitest"

import { type Browser, browser, type Page } from "../support/browser.ts"
import { gateway } from "../support/gateway.ts"
import { type OidcProvider, oidcProvider } from "../support/oidc-provider.ts"

let chromium: Browser

beforeAll(async () => {
  chromium = await browser()
})

afterAll(async () => {
  await chromium[Symbol.asyncDispose]()
})

/** A gateway that a provider knows: /app is for those who have logged in, /free for everybody. */
async function shop(provider: OidcProvider, { session = "", more = "" } = {}) {
  const bellhop = await gateway(
    `{
      routes: {
        "/app/*": {
          handler: (request) => {
            const { pathname, search } = new URL(request.url)
            const said = Object.fromEntries(["x-user", "x-email", "cookie", "authorization"].map((name) => [name, request.headers.get(name)]))
            return { path: pathname + search, method: request.method, ...said }
          },
          auth: {
            oidc: {
              issuer: ${JSON.stringify(provider.issuer)},
              ...${JSON.stringify(provider.client)},
              session: { secret: env("SESSION_SECRET"), ${session} },
              ${more}
            },
            tell: { headers: { "x-user": "subject", "x-email": "claims.email" } },
          },
        },
        "/": { reply: { body: "home" } },
        "/free": { reply: { body: "free" } },
      },
    }`,
    { env: { SESSION_SECRET: "a secret for the sessions of the journeys" } },
  )
  provider.register(new URL(bellhop.url).origin)
  return bellhop
}

/** Fills in the login page that a browser was sent to, and agrees to everything. */
async function signIn(page: Page, name: string): Promise<void> {
  const form = "document.forms[0]"
  await page.leave(`${form}.login.value = ${JSON.stringify(name)}; ${form}.password.value = "any"; ${form}.submit()`)
  // The consent page; whoever has agreed before is not asked again.
  if ((await page.url()).includes("/interaction/")) await page.leave(`${form}.submit()`)
}

const json = async (page: Page): Promise<unknown> => JSON.parse(await page.text())

/** What a script of the page gets. */
const fetched = (page: Page, url: string, options = "{}"): Promise<{ status: number; text: string }> =>
  page.run(
    `fetch(${JSON.stringify(url)}, ${options}).then(async (answer) => ({ status: answer.status, text: await answer.text() }))`,
  )

/** A tab without anything of the tests before. */
async function tab(): Promise<Page> {
  const page = await chromium.page()
  await page.forget()
  return page
}

describe("a browser at a route with oidc", () => {
  it("logs in, comes back to where it wanted to go, and is known from then on", async () => {
    await using provider = await oidcProvider()
    await using bellhop = await shop(provider)
    const page = await tab()
    await page.open(`${bellhop.url}/app/cart?item=1&note=a%20b`)
    expect(await page.url()).toContain(`${provider.issuer}/interaction/`)
    await signIn(page, "ada")
    expect(await page.url()).toBe(`${bellhop.url}/app/cart?item=1&note=a%20b`)
    const seen = { "x-user": "ada", "x-email": "ada@shop.example", cookie: null, authorization: null }
    expect(await json(page)).toEqual({ path: "/app/cart?item=1&note=a%20b", method: "GET", ...seen })

    await page.open(`${bellhop.url}/app/orders`)
    expect(await json(page)).toMatchObject({ path: "/app/orders", "x-user": "ada" })
    expect(JSON.parse((await fetched(page, "/app/buy", '{ method: "POST" }')).text)).toMatchObject({ method: "POST" })
    const [own, ...others] = (await page.cookies()).filter(({ name }) => name.includes("oidc"))
    expect(own).toMatchObject({ name: "oidc", httpOnly: true, sameSite: "Lax" })
    // The login is over, and so is its cookie.
    expect(others).toEqual([])
    expect(await page.run("document.cookie")).toBe("")
    expect(provider.grants).toEqual(["authorization_code"])
    expect(bellhop.stderr()).toBe("")
  })

  it("logs in from two tabs at once", async () => {
    await using provider = await oidcProvider()
    await using bellhop = await shop(provider)
    const [one, other] = [await tab(), await chromium.page()]
    await one.open(`${bellhop.url}/app/one`)
    await other.open(`${bellhop.url}/app/other`)
    await signIn(one, "ada")
    expect(await json(one)).toMatchObject({ path: "/app/one" })
    await signIn(other, "ada")
    expect(await json(other)).toMatchObject({ path: "/app/other" })
  })

  it("gets a 401 and no redirect in a script", async () => {
    await using provider = await oidcProvider()
    await using bellhop = await shop(provider)
    const page = await tab()
    await page.open(`${bellhop.url}/free`)
    const { status, text } = await fetched(page, "/app/cart", '{ headers: { accept: "text/html" } }')
    expect([status, JSON.parse(text).code]).toEqual([401, "unauthorized"])
  })

  it.each(["cookie", "store"])("stays logged in while tokens are renewed, in sessions kept in the %s", async (keep) => {
    await using provider = await oidcProvider()
    await using bellhop = await shop(provider, { session: `keep: "${keep}"`, more: "passAccessToken: true" })
    provider.tokenLife = 1
    const page = await tab()
    await page.open(`${bellhop.url}/app/cart`)
    await signIn(page, "ada")
    const tokens = new Set([((await json(page)) as { authorization: string }).authorization])
    const renewals = () => provider.grants.filter((grant) => grant === "refresh_token").length
    // A provider that is shown a refresh token twice ends the login: eight requests at once renew it only once.
    while (renewals() < 3) {
      const answers = await page.run<string[]>(
        `Promise.all(Array.from({ length: 8 }, () => fetch("/app/cart").then((answer) => answer.text())))`,
      )
      for (const text of answers) {
        const { "x-user": user, authorization } = JSON.parse(text)
        expect(user).toBe("ada")
        tokens.add(authorization)
      }
    }
    expect(tokens.size).toBe(renewals() + 1)
    expect(provider.revoked).toEqual([])
  })

  it("logs out here and at the provider, and a copy of its cookie is of no use", async () => {
    await using provider = await oidcProvider()
    await using bellhop = await shop(provider)
    const page = await tab()
    await page.open(`${bellhop.url}/app/cart`)
    await signIn(page, "ada")
    const copy = (await page.cookies()).find(({ name }) => name === "oidc")
    await page.leave(`location.href = "/logout"`)
    expect(await page.url()).toContain(`${provider.issuer}/session/end`)
    await page.leave(`document.querySelector("[name=logout]").click()`)
    expect(await page.url()).toBe(`${bellhop.url}/`)
    expect(provider.revoked[0]).toBe("refresh")
    expect((await page.cookies()).filter(({ name }) => name === "oidc")).toEqual([])

    await page.setCookie({ name: "oidc", value: copy?.value ?? "", url: bellhop.url })
    await page.open(`${bellhop.url}/app/cart`)
    expect(await page.url()).toContain(`${provider.issuer}/interaction/`)
    expect(await page.text()).toContain("Sign-in")
  })

  it("cannot complete a login twice, not even with the cookies that it had", async () => {
    await using provider = await oidcProvider()
    await using bellhop = await shop(provider)
    const page = await tab()
    await page.open(`${bellhop.url}/app/cart`)
    const before = (await page.cookies()).filter(({ name }) => name.startsWith("oidc-login."))
    expect(before).toHaveLength(1)
    const callback = page.passed(`${bellhop.url}/oauth/callback`)
    await signIn(page, "ada")
    const address = await callback

    await page.open(address)
    expect(await json(page)).toMatchObject({ status: 400, code: "login_failed" })
    for (const { name, value } of before) await page.setCookie({ name, value, url: bellhop.url })
    await page.open(address)
    expect(await json(page)).toMatchObject({ status: 400, code: "login_failed" })
    expect(provider.grants).toEqual(["authorization_code"])

    // Another browser cannot complete it either.
    const answer = await fetch(address)
    expect([answer.status, answer.headers.get("set-cookie")]).toEqual([400, null])
  })

  it("is not led away by any path that it was made to ask for", async () => {
    await using provider = await oidcProvider()
    await using bellhop = await shop(provider, { more: 'login: "/login"' })
    const page = await tab()
    await page.open(`${bellhop.url}//evil.example/../app/cart`)
    expect(await page.url()).toContain(`${provider.issuer}/interaction/`)
    await signIn(page, "ada")
    expect(new URL(await page.url()).origin).toBe(bellhop.url)

    for (const to of [
      "https://evil.example/",
      "//evil.example",
      "/\\evil.example",
      "/\t/evil.example",
      "javascript:1",
    ]) {
      await page.open(`${bellhop.url}/login?to=${encodeURIComponent(to)}`)
      expect(await json(page)).toMatchObject({ status: 400, code: "login_failed" })
    }
    await page.open(`${bellhop.url}/login?to=%2Fapp%2Fcart%3Fitem%3D2`)
    expect(await page.url()).toBe(`${bellhop.url}/app/cart?item=2`)
  })

  it("is told while the provider is away, and let in as long as its session lives", async () => {
    await using provider = await oidcProvider()
    await using bellhop = await shop(provider)
    const page = await tab()
    provider.away = true
    await page.open(`${bellhop.url}/app/cart`)
    expect(await json(page)).toMatchObject({ status: 503, code: "unavailable" })
    provider.away = false
    do await page.open(`${bellhop.url}/app/cart`)
    while ((await page.url()).startsWith(bellhop.url))
    await signIn(page, "ada")
    provider.away = true
    await page.open(`${bellhop.url}/app/cart`)
    expect(await json(page)).toMatchObject({ "x-user": "ada" })
  })

  it("stays logged in over a reload, and over a restart of the gateway", async () => {
    await using provider = await oidcProvider()
    await using bellhop = await shop(provider)
    const page = await tab()
    await page.open(`${bellhop.url}/app/cart`)
    await signIn(page, "ada")
    const config = await Bun.file(`${bellhop.folder.path}/gateway.config.ts`).text()
    bellhop.folder.write("gateway.config.ts", config.replace('"free"', '"freer"'))
    await bellhop.next(({ event, outcome }) => event === "reload" && outcome === "applied")
    await page.open(`${bellhop.url}/app/cart`)
    expect(await json(page)).toMatchObject({ "x-user": "ada" })

    await using second = await shop(provider)
    await page.open(`${second.url}/app/cart`)
    expect(await json(page)).toMatchObject({ "x-user": "ada" })
  })
})
