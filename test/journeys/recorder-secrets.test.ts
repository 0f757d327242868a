import { join } from "node:path"
import { gunzipSync } from "node:zlib"

import { SignJWT } from "jose"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

import { digestOf, makeKey } from "../../src/policies/auth/api-key/key-text.ts"
import { executable } from "../support/executable.ts"
import { type Gateway, gateway } from "../support/gateway.ts"
import { type Issuer, issuer, pair, token } from "../support/jwks.ts"
import { type Listener, webUpstream } from "../support/upstream.ts"

// Every secret that passes, by the name that a failing test gives it.
const planted = new Map<string, string>()

function plant(name: string, value = `planted-${name}-${crypto.randomUUID()}`): string {
  planted.set(name, value)
  return value
}

const basic = (user: string, password: string): string => {
  const pairText = Buffer.from(`${user}:${password}`).toString("base64")
  return `Basic ${plant(`basic pair of ${user}`, pairText)}`
}

// Where credentials stand, so that the log has something to hide.
const headers = ["authorization", "cookie", "x-shop-pass", "x-pass", "x-ticket", "x-api-key", "proxy-authorization"]

let provider: Issuer
let service: Listener
let checker: Listener
let collector: Listener
let bellhop: Gateway
/** What the collector was sent, decoded. */
const collected: string[] = []

async function config(): Promise<string> {
  const key = await pair("RS256", "k1")
  provider = issuer([key.jwk])
  const { url } = provider
  const clientSecret = plant("client secret")
  const access = plant("granted access token")
  provider.introspect = () => ({ active: true, sub: "ada" })
  provider.instead = async ({ path, form }) => {
    if (path === "/.well-known/openid-configuration")
      return Response.json({
        issuer: url,
        jwks_uri: `${url}/jwks`,
        authorization_endpoint: `${url}/authorize`,
        token_endpoint: `${url}/token`,
        introspection_endpoint: `${url}/introspect`,
        response_types_supported: ["code"],
        id_token_signing_alg_values_supported: ["RS256"],
        subject_types_supported: ["public"],
      })
    if (path === "/token" && form.get("grant_type") === "authorization_code") {
      const id = await token(key, { iss: url, aud: "shop", nonce: provider.grant(form) })
      return Response.json({
        access_token: access,
        id_token: plant("id token", id),
        refresh_token: plant("refresh token"),
        token_type: "Bearer",
        expires_in: 60,
      })
    }
    return undefined
  }
  service = webUpstream(async (request) => {
    const path = new URL(request.url).pathname
    if (path === "/login") return new Response("hello", { headers: { "x-session": '{"sub":"ada"}' } })
    return Response.json(
      { path, password: plant("password in an answer"), nested: { clientSecret: [plant("secret in an answer")] } },
      {
        headers: {
          "set-cookie": `visit=${plant("cookie of an answer")}; Path=/`,
          location: `/next?access_token=${plant("token in a location")}`,
          "x-auth-token": plant("token in a header of an answer"),
        },
      },
    )
  })
  checker = webUpstream((request) =>
    request.headers.get("x-pass") === planted.get("pass of forward")
      ? new Response(null, { status: 204, headers: { "x-user": "cleo" } })
      : new Response(null, { status: 401 }),
  )
  collector = webUpstream(async (request) => {
    const body = Buffer.from(await request.arrayBuffer())
    const text = request.headers.get("content-encoding") === "gzip" ? gunzipSync(body) : body
    collected.push(text.toString("latin1"))
    return Response.json({})
  })
  const issued = plant("api key", makeKey("live"))
  const password = "$2b$04$vG939QkvLd7ZEin/Bmqlyutmx8tCurcIHVuLTYgQIE66XCoruu.XO"
  const inEvery = `[{ header: "x-shop-pass" }, { cookie: "shop-pass" }, { query: "shop-pass" }]`
  return `{
    observe: { recorder: true, traces: true, log: { to: { path: "access.log" }, headers: ${JSON.stringify(headers)} }, otlp: { url: "${collector.url}", send: ["traces", "logs"], every: "50ms" } },
    services: { shop: "${service.url}", checker: "${checker.url}",
      guarded: { url: "${service.url}", auth: { clientCredentials: { tokenUrl: "${url}/token", clientId: "gateway", clientSecret: "${plant("secret for a service")}" } } } },
    defaults: { requestId: {} },
    routes: {
      "/key": { service: "shop", auth: { apiKey: { from: ${inEvery}, keys: { one: "sha256:${digestOf(issued)}" } } } },
      "/jwt": { service: "shop", auth: { jwt: { secret: "${plant("jwt secret")}", from: [{ header: "authorization", word: "Bearer" }, { cookie: "at" }, { query: "access_token" }] }, tell: { jwt: { key: "${plant("key of the identity")}" } } } },
      "/opaque": { service: "shop", auth: { introspection: { url: "${url}/introspect", clientId: "shop", clientSecret: "${clientSecret}", insecure: true } } },
      "/basic": { service: "shop", auth: { basic: { users: { ada: { password: "${password}" } } } } },
      "/login": { service: "shop", auth: { anonymous: true, session: { secret: "${plant("session secret")}", begin: "x-session" } } },
      "/session": { service: "shop", auth: { session: { secret: "${planted.get("session secret")}" } } },
      "/app/*": { service: "shop", auth: { oidc: { issuer: "${url}", clientId: "shop", clientSecret: "${clientSecret}", insecure: true, session: { secret: "${plant("secret of oidc sessions")}", cookie: "app" } } } },
      "/asked": { service: "shop", auth: { forward: { service: "checker", from: { header: "x-pass" }, subject: "x-user" } } },
      "/custom": { service: "shop", auth: { custom: { identify: ({ headers, query }) => (headers.get("x-ticket") ?? query.get("entry")) && { subject: "bob" }, from: [{ header: "x-ticket" }, { query: "entry" }] } } },
      "/guarded": "guarded",
      "/all": { aggregate: { one: "shop GET /one", two: "guarded GET /two" } },
      "/*": "shop",
    },
  }`
}

/** Every line that the access log has, once there are so many. */
async function logged(count: number): Promise<string> {
  for (;;) {
    const text = await Bun.file(join(bellhop.folder.path, "access.log")).text()
    if (text.split("\n").length > count) return text
    await Bun.sleep(10)
  }
}

/** Asks and reads to the end; nothing is followed. */
async function visit(path: string, headers: Record<string, string> = {}, body?: string): Promise<Response> {
  const made = body === undefined ? {} : { method: "POST", body }
  const answer = await fetch(bellhop.url + path, { headers, redirect: "manual", ...made })
  await answer.arrayBuffer()
  return answer
}

const cookieOf = (answer: Response, name: string): string => {
  const found = answer.headers.getSetCookie().find((line) => line.startsWith(name)) ?? ""
  const pairText = found.split(";")[0] ?? ""
  plant(`cookie ${name} ${planted.size}`, pairText.slice(pairText.indexOf("=") + 1))
  return pairText
}

const statuses: Record<string, number> = {}

beforeAll(async () => {
  bellhop = await gateway(await config())
  const key = planted.get("api key") ?? ""
  const told = async (name: string, answer: Promise<Response>): Promise<void> =>
    void (statuses[name] = (await answer).status)

  await told("key in a header", visit("/key", { "x-shop-pass": key }))
  await told("key in a cookie", visit("/key", { cookie: `theme=dark; shop-pass=${key}` }))
  await told("key in a query", visit(`/key?a=1&shop-pass=${key}`))
  await told("wrong key", visit("/key", { "x-shop-pass": plant("wrong key") }))
  await told("key where nobody looks", visit(`/free/${key}?shop-pass=${key}`, { "x-api-key": key }))

  const secret = Buffer.from(planted.get("jwt secret") ?? "")
  const jwt = plant(
    "jwt",
    await new SignJWT({ sub: "ada" }).setProtectedHeader({ alg: "HS256" }).setExpirationTime("1m").sign(secret),
  )
  await told("jwt in a header", visit("/jwt", { authorization: `Bearer ${jwt}` }))
  await told("jwt in a cookie", visit("/jwt", { cookie: `at=${jwt}` }))
  await told("jwt in a query", visit(`/jwt?access_token=${jwt}`))
  await told("wrong jwt", visit("/jwt", { authorization: `Bearer ${plant("wrong jwt", `${jwt.slice(0, -6)}AAAAAA`)}` }))

  await told("opaque token", visit("/opaque", { authorization: `Bearer ${plant("opaque token")}` }))
  await told("password", visit("/basic", { authorization: basic("ada", "secret") }))
  await told("wrong password", visit("/basic", { authorization: basic("ada", plant("wrong password")) }))

  const login = JSON.stringify({ user: "ada", password: plant("password in JSON"), otp: "1" })
  const began = visit("/login", { "content-type": "application/json" }, login)
  await told("login", began)
  await told("session", visit("/session", { cookie: cookieOf(await began, "session") }))
  const form = new URLSearchParams({
    user: "ada",
    password: plant("password in a form"),
    client_secret: plant("secret in a form"),
  })
  await told("form", visit("/login", { "content-type": "application/x-www-form-urlencoded" }, String(form)))

  const sent = await visit("/app/cart", { accept: "text/html" })
  const to = new URL(sent.headers.get("location") ?? "")
  const state = plant("state", to.searchParams.get("state") ?? "")
  const given = to.searchParams.get("nonce") ?? ""
  provider.grant = () => given
  const back = visit(`/oauth/callback?code=${plant("code")}&state=${state}`, { cookie: cookieOf(sent, "") })
  await told("oidc", back)
  await told("oidc session", visit("/app/cart", { cookie: cookieOf(await back, "app=") }))

  await told("forward", visit("/asked", { "x-pass": plant("pass of forward") }))
  await told("custom in a header", visit("/custom", { "x-ticket": plant("ticket") }))
  await told("custom in a query", visit(`/custom?entry=${plant("entry")}`))
  await told("guarded service", visit("/guarded"))
  await told("aggregate", visit(`/all?api_key=${plant("key in a query")}`))
  await told("proxy", visit("/x", { "proxy-authorization": `Bearer ${plant("proxy token")}` }))
})

afterAll(async () => {
  await bellhop[Symbol.asyncDispose]()
  for (const one of [provider, service, checker, collector]) one[Symbol.dispose]()
})

/** The planted values that a text gives away, as they are or in other spellings. */
function givenAway(text: string): string[] {
  return [...planted].flatMap(([name, value]) =>
    value !== "" &&
    [value, encodeURIComponent(value), Buffer.from(value).toString("base64")].some((one) => text.includes(one))
      ? [name]
      : [],
  )
}

async function admin(path: string): Promise<string> {
  const answer = await fetch(bellhop.admin + path)
  expect(answer.status).toBe(200)
  return answer.text()
}

async function said(...args: string[]): Promise<string> {
  const child = Bun.spawn([executable, ...args, "--admin", bellhop.admin], { env: {}, stdout: "pipe", stderr: "pipe" })
  return (await new Response(child.stdout).text()) + (await new Response(child.stderr).text())
}

describe("a run through every scheme of auth", () => {
  it("was one: each took what it should", () => {
    expect(statuses).toEqual({
      "key in a header": 200,
      "key in a cookie": 200,
      "key in a query": 200,
      "wrong key": 401,
      "key where nobody looks": 200,
      "jwt in a header": 200,
      "jwt in a cookie": 200,
      "jwt in a query": 200,
      "wrong jwt": 401,
      "opaque token": 200,
      password: 200,
      "wrong password": 401,
      login: 200,
      session: 200,
      form: 200,
      oidc: 303,
      "oidc session": 200,
      forward: 200,
      "custom in a header": 200,
      "custom in a query": 200,
      "guarded service": 200,
      aggregate: 200,
      proxy: 200,
    })
    expect([...planted].filter(([, value]) => value.length < 8)).toEqual([])
  })

  it("leaves no secret in what the recorder shows", async () => {
    const list = await admin("/exchanges?limit=1000&tree=true")
    expect(givenAway(list)).toEqual([])
    const { exchanges } = JSON.parse(list) as { exchanges: { id: string }[] }
    expect(exchanges.length).toBeGreaterThanOrEqual(Object.keys(statuses).length)
    for (const { id } of exchanges) {
      expect(givenAway(await admin(`/exchanges/${id}`))).toEqual([])
      expect(givenAway(await admin(`/exchanges/${id}/har`))).toEqual([])
    }
    expect(givenAway(await admin("/exchanges.har"))).toEqual([])
  })

  it("leaves no secret in a stream of events", async () => {
    const { body } = await fetch(`${bellhop.admin}/exchanges/stream?last=1000&tree=true`)
    let text = ""
    for await (const piece of body ?? new ReadableStream<Uint8Array>()) {
      text += new TextDecoder().decode(piece)
      if ((text.match(/^event: exchange$/gm)?.length ?? 0) >= Object.keys(statuses).length) break
    }
    expect(givenAway(text)).toEqual([])
  })

  it("leaves no secret in what the commands print", async () => {
    expect(givenAway(await said("tail", "--no-follow", "--last", "500"))).toEqual([])
    const { exchanges } = JSON.parse(await admin("/exchanges?filter=path=/login")) as { exchanges: { id: string }[] }
    expect(givenAway(await said("show", exchanges[0]?.id ?? ""))).toEqual([])
    const { exchanges: jwts } = JSON.parse(await admin("/exchanges?filter=path=/jwt")) as {
      exchanges: { id: string }[]
    }
    expect(givenAway(await said("replay", jwts[0]?.id ?? ""))).toEqual([])
  })

  it("leaves no secret in traces, metrics, logs and the rest of the admin listener", async () => {
    while (!collected.join("").includes("/jwt")) await Bun.sleep(10)
    expect(givenAway(collected.join("\n"))).toEqual([])
    for (const path of ["/metrics", "/status", "/services", "/openapi.json"])
      expect(givenAway(await admin(path))).toEqual([])
    expect(givenAway(await logged(Object.keys(statuses).length))).toEqual([])
    expect(givenAway(bellhop.stderr())).toEqual([])
  })
})
