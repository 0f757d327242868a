import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"

import { executable, folder } from "../support/executable.ts"
import { configSource, type Gateway, gateway } from "../support/gateway.ts"
import { ask } from "../support/raw.ts"
import { type RawUpstream, rawUpstream } from "../support/upstream.ts"

let upstream: RawUpstream
let before = 0

beforeAll(async () => {
  upstream = await rawUpstream(({ target }) => `HTTP/1.1 200 OK\r\nContent-Length: ${target.length}\r\n\r\n${target}`)
})

afterEach(() => {
  before = upstream.received.length
})

afterAll(() => upstream[Symbol.dispose]())

const received = (): string[] => upstream.received.slice(before).map(({ target }) => target)

/** What is said of a config that may be wrong. */
function checked(routes: object): string {
  using made = folder({ "gateway.config.ts": configSource(JSON.stringify({ routes })) })
  const { stdout, stderr } = Bun.spawnSync([executable, "check"], { cwd: made.path })
  return stdout.toString() + stderr.toString()
}

describe("a route with patterns", () => {
  let bellhop: Gateway

  beforeAll(async () => {
    bellhop = await gateway({
      services: { shop: upstream.url },
      routes: {
        "/users/:any": { service: "shop", path: "/any/:any" },
        "GET /users/:id(\\d+)": { service: "shop", path: "/number/:id" },
        "/users/:name([a-z]+)": { service: "shop", path: "/name/:name" },
        "/users/me": { service: "shop", path: "/me" },
        "/files/:file(.+\\.json|.+\\.xml)/*": { service: "shop", path: "/:file/-/*" },
        "GET /only/:id([0-9a-f]{8}-[0-9a-f]{4})": "shop",
      },
    })
  })

  afterAll(() => bellhop[Symbol.asyncDispose]())

  it.each([
    ["/users/7", "/number/7"],
    ["/users/ann", "/name/ann"],
    ["/users/me", "/me"],
    ["/users/Ann", "/any/Ann"],
    ["/users/7a", "/any/7a"],
    ["/users/%37?x=1", "/number/%37?x=1"],
    ["//users///7", "/number/7"],
    ["/users/7%2f8", "/any/7%2f8"],
    ["/files/a.json/b//c", "/a.json/-/b//c"],
    ["/only/0123abcd-ef01", "/only/0123abcd-ef01"],
  ])("takes %s to %s", async (target, forwarded) => {
    expect(await ask(bellhop.url, target)).toMatchObject({ status: 200, body: forwarded })
  })

  it("leaves to others what does not match whole, and says 405 of what does", async () => {
    for (const target of ["/only/0123abcd-ef012", "/only/x0123abcd-ef01", "/only/", "/files/a.txt/b"])
      expect(await ask(bellhop.url, target)).toMatchObject({ status: 404 })
    const refused = await ask(bellhop.url, "/only/0123abcd-ef01", { method: "DELETE" })
    expect([refused.status, refused.get("allow")]).toEqual([405, "GET, HEAD, OPTIONS"])
    expect(await ask(bellhop.url, "/users/7", { method: "DELETE" })).toMatchObject({ status: 200, body: "/any/7" })
  })

  it("answers a segment of 8,000 letters that nearly matches as any other", async () => {
    const target = `/files/${".json".repeat(1600)}x/y`
    expect(await ask(bellhop.url, target)).toMatchObject({ status: 404 })
  })

  it("is refused by check where it is not understood, could take very long, is there twice or is never asked", () => {
    expect(checked({ "/:id((a+)+)": { reply: {} } })).toContain("E404")
    expect(checked({ "/:id(.*-.*)": { reply: {} } })).toContain("could take very long to try")
    expect(checked({ "/:id(\\d+)": { reply: {} }, "/:n([0-9]+)": { reply: {} } })).toContain("E401")
    expect(checked({ "/:id(\\w+)": { reply: {} }, "/:n([0-9]+)": { reply: {} } })).toContain("E402")
    expect(checked({ "/:n([0-9]+)": { reply: {} }, "/:id(\\w+)": { reply: {} } })).not.toMatch(/E\d{3}/)
  })
})

/** Serves the shop behind rules for /admin, with these choices about paths. */
const guarded = (paths: object): Promise<Gateway> =>
  gateway({
    paths,
    services: { shop: upstream.url },
    routes: {
      "/admin": { reply: { status: 403 } },
      "/admin/*": { reply: { status: 403 } },
      "/moved/*": { service: "shop", path: "/v2/*" },
      "/*": "shop",
    },
  })

describe("a service that reads paths in its own way is not led around a rule for /admin:", () => {
  it.each([
    [
      "taking an escaped slash for a slash",
      { encodedSlash: "refuse" },
      ["/admin%2fusers", "/admin%2Fusers", "/%2fadmin"],
    ],
    ["merging slashes after it looked at them", { doubleSlash: "refuse" }, ["/x//admin", "/x/y//", "/\\x"]],
    ["undoing escapes twice", { encodedPercent: "refuse" }, ["/%2561dmin/users", "/x/%252e%252e/admin"]],
    [
      "ending a path at an escaped mark",
      { encodedDelimiters: "refuse" },
      ["/admin%3fx", "/admin%23x", "/admin%3F/users"],
    ],
    [
      "cutting off what follows a semicolon",
      { semicolon: "refuse" },
      ["/admin;x", "/admin;x=1/users", "/admin%3bx/users"],
    ],
  ])("%s", async (_, paths, targets) => {
    await using plain = await guarded({})
    await using strict = await guarded(paths)
    for (const target of targets) {
      expect(await ask(plain.url, target), target).toMatchObject({ status: 200 })
      const sent = received().length
      const refused = await ask(strict.url, target)
      expect([refused.status, (JSON.parse(refused.body) as { code: string }).code], target).toEqual([400, "bad_path"])
      expect(received(), target).toHaveLength(sent)
    }
    expect(await ask(strict.url, "/x/y?a=%2f%25%3f;//")).toMatchObject({ body: "/x/y?a=%2f%25%3f;//" })
    expect(await ask(strict.url, "/admin/x")).toMatchObject({ status: 403 })
  })

  it("taking an escaped backslash for a slash, unless the config says that it may pass", async () => {
    await using plain = await guarded({})
    expect(await ask(plain.url, "/admin%5cusers")).toMatchObject({ status: 400 })
    expect(received()).toEqual([])
    await using lenient = await guarded({ encodedBackslash: "pass" })
    expect(await ask(lenient.url, "/x%5cy")).toMatchObject({ status: 200, body: "/x%5cy" })
    expect(await ask(lenient.url, "/moved/x%5Cy")).toMatchObject({ status: 200, body: "/v2/x%5Cy" })
    // A raw one is a slash before anything looks at it, whatever the config says.
    expect(await ask(lenient.url, "/admin\\users")).toMatchObject({ status: 403 })
    for (const target of ["/x/..%5cadmin", "/x%5c..%5cadmin", "/x/..;%5cadmin", "/x%5c%2e%2e"])
      expect(await ask(lenient.url, target), target).toMatchObject({ status: 400 })
  })

  it.each(["/x/../admin", "/x/%2e%2e/admin", "/./admin", "/x\\..\\admin", "//admin", "/%61dmin", "/admin/./x"])(
    "undoing what the rules undid: %s, whatever is forwarded",
    async (target) => {
      for (const forward of ["sent", "canonical"]) {
        await using bellhop = await guarded({ forward })
        expect(await ask(bellhop.url, target)).toMatchObject({ status: 403 })
      }
      expect(received()).toEqual([])
    },
  )

  it('seeing another path than the rules with forward: "canonical"', async () => {
    await using bellhop = await guarded({ forward: "canonical", encodedBackslash: "pass" })
    for (const [target, forwarded] of [
      ["//x///%7ey/%41", "/x/~y/A"],
      ["/x%2fy%5cz?a=%41//b", "/x%2Fy%5Cz?a=%41//b"],
      ["/moved//%7ex//y", "/v2/~x/y"],
      ["/x|y", "/x%7Cy"],
      ["/x/../y", "/y"],
    ] as const)
      expect(await ask(bellhop.url, target)).toMatchObject({ status: 200, body: forwarded })
  })

  it("and NUL, controls, broken escapes and hidden dot segments never pass, however much a config lets pass", async () => {
    await using bellhop = await guarded({ encodedBackslash: "pass", forward: "canonical" })
    for (const target of ["/a%00", "/a%0d%0ax:1", "/a%7f", "/a%zz", "/a%", "/a%c0%af", "/a/..%2fadmin", "/a/..;/admin"])
      expect(await ask(bellhop.url, target), target).toMatchObject({ status: 400 })
    expect(received()).toEqual([])
  })
})

it("rules for paths are those of the config that answers: a reload changes them", async () => {
  await using bellhop = await guarded({})
  expect(await ask(bellhop.url, "/a%2fb")).toMatchObject({ status: 200 })
  bellhop.folder.write(
    "gateway.config.ts",
    configSource(`{ paths: { encodedSlash: "refuse" }, routes: { "/*": { reply: { body: "new" } } } }`),
  )
  bellhop.kill("SIGHUP")
  await bellhop.next(({ outcome }) => outcome === "applied")
  expect(await ask(bellhop.url, "/a%2fb")).toMatchObject({ status: 400 })
  expect(await ask(bellhop.url, "/a/b")).toMatchObject({ status: 200, body: "new" })
})

describe("a share of requests", () => {
  const canary = (share: number): Promise<Gateway> =>
    gateway({
      routes: {
        "/x": [
          { when: { weight: { share, by: { cookie: "session" } } }, reply: { body: "canary" } },
          { reply: { body: "stable" } },
        ],
      },
    })
  const sessions = Array.from({ length: 60 }, (_, index) => `session=s${index}`)
  const answers = (bellhop: Gateway): Promise<string[]> =>
    Promise.all(sessions.map(async (cookie) => (await ask(bellhop.url, "/x", { headers: [`Cookie: ${cookie}`] })).body))

  it("stays with its sessions, in another process too, and keeps them when it grows", async () => {
    await using one = await canary(30)
    await using other = await canary(30)
    await using more = await canary(70)
    const first = await answers(one)
    expect(new Set(first)).toEqual(new Set(["canary", "stable"]))
    expect(await answers(one)).toEqual(first)
    expect(await answers(other)).toEqual(first)
    const grown = await answers(more)
    expect(grown.filter((_, index) => first[index] === "canary")).not.toContain("stable")
    expect(grown.filter((body) => body === "canary").length).toBeGreaterThan(
      first.filter((body) => body === "canary").length,
    )
  })
})

it("a prefix is taken off, put before or changed by the path on the service, byte for byte", async () => {
  await using bellhop = await gateway({
    services: { shop: upstream.url },
    routes: {
      "/api/*": { service: "shop", path: "/*" },
      "/old/:id/*": { service: "shop", path: "/new/v2/:id/*" },
      "/*": { service: "shop", path: "/shop/*" },
    },
  })
  for (const [target, forwarded] of [
    ["/api/users/7?x=1", "/users/7?x=1"],
    ["/api/", "/"],
    ["/api/%7ea%2fb", "/%7ea%2fb"],
    ["/api", "/shop/api"],
    ["/old/7/a//b", "/new/v2/7/a//b"],
    ["/", "/shop/"],
    ["/x/y/", "/shop/x/y/"],
  ] as const)
    expect(await ask(bellhop.url, target)).toMatchObject({ status: 200, body: forwarded })
})
