import { describe, expect, it } from "vitest"

import { digestOf, environmentOf } from "../../../src/policies/auth/api-key/key-text.ts"
import { called } from "../called.ts"
import { project } from "../shop.ts"

const config = (store: string): string => `import { defineGateway } from "bellhop"

export default defineGateway({
  store: ${JSON.stringify(store)},
  routes: { "/x": { reply: { body: "x" }, auth: { apiKey: {} } } },
})
`

/** A project with a store that remembers, and a way to call \`bellhop keys\` in it. */
function keysIn(cwd = project({ "gateway.config.ts": config("sqlite") })) {
  const call = (...words: string[]) => called(["keys", ...words], { cwd })
  return {
    call,
    async create(...words: string[]): Promise<{ key: string; id: string }> {
      const { out } = await call("create", "--json", ...words)
      return JSON.parse(out) as { key: string; id: string }
    },
    async list(): Promise<Record<string, unknown>[]> {
      return JSON.parse((await call("list", "--json")).out) as Record<string, unknown>[]
    },
  }
}

describe("keys create", () => {
  it("prints the key alone, so that scripts can take it, and the rest beside it", async () => {
    const { code, out, err } = await keysIn().call("create", "--name", "Shop", "--env", "test")
    expect(code).toBe(0)
    expect(environmentOf(out.trimEnd())).toBe("test")
    expect(err).toMatch(/^created key_\w{12}\. Copy the key now: it is not kept, only its hash\.\n$/)
  })

  it("writes down all that is said of the key", async () => {
    const keys = keysIn()
    const said = [
      "--plan",
      "gold",
      "--tenant",
      "acme",
      "--subject",
      "shop",
      "--scopes",
      "read, write",
      "--roles",
      "admin",
    ]
    const { id } = await keys.create("--name", "Shop", ...said, "--metadata", '{"a":1}', "--expires", "2999-01-31")
    expect(await keys.list()).toEqual([
      {
        id,
        state: "active",
        name: "Shop",
        subject: "shop",
        environment: "live",
        plan: "gold",
        tenant: "acme",
        scopes: ["read", "write"],
        roles: ["admin"],
        metadata: { a: 1 },
        created: expect.stringMatching(/^20/),
        expires: "2999-01-31T00:00:00.000Z",
      },
    ])
  })

  it("makes an entry for the config without a store", async () => {
    const { code, out } = await called(["keys", "create", "--entry", "--json", "--name", "Shop App", "--plan", "gold"])
    const { key, keys } = JSON.parse(out) as { key: string; keys: unknown }
    expect([code, keys]).toEqual([0, { "shop-app": { key: `sha256:${digestOf(key)}`, plan: "gold" } }])
  })

  const mistakes: [words: string[], says: string][] = [
    [["create", "--env", "Live"], '--env cannot be "Live".'],
    [["create", "--expires", "tomorrow"], '--expires cannot be "tomorrow".'],
    [["create", "--expires", "2001-01-01"], "--expires 2001-01-01 is over."],
    [["create", "--metadata", "[1]"], "--metadata is no JSON object."],
    [["create", "key_1"], '"bellhop keys create" takes no key.'],
    [["create", "--overlap", "1h"], '"--overlap" has no effect on "bellhop keys create".'],
    [["list", "--name", "a"], '"--name" has no effect on "bellhop keys list".'],
    [["revoke"], "Say which key: bellhop keys revoke <key>."],
    [["rotate"], "<action> cannot be"],
  ]
  it.each(mistakes)("refuses %j, and ends with 2", async (words, says) => {
    const { code, out, err } = await keysIn().call(...words)
    expect([code, out]).toEqual([2, ""])
    expect(err).toContain(says)
  })

  it("says what to do where the store would forget the key", async () => {
    const { code, out, err } = await keysIn(project({ "gateway.config.ts": config("memory") })).call("create")
    expect([code, out]).toEqual([1, ""])
    expect(err).toContain('Write store: "sqlite"')
  })
})

describe("keys list", () => {
  it("never shows a key or its hash", async () => {
    const keys = keysIn()
    const { key } = await keys.create("--name", "Shop")
    const plain = await keys.call("list")
    const json = await keys.call("list", "--json")
    expect(plain.out).toMatch(
      /^id +name +env +plan +expires +last used +state\nkey_\w{12} +Shop +live +- +- +- +active\n$/,
    )
    for (const { out } of [plain, json]) expect(out).not.toMatch(new RegExp(`bh_|${digestOf(key)}`))
  })

  it("says how to make the first one", async () => {
    const { code, out, err } = await keysIn().call("list")
    expect([code, out, err]).toEqual([0, "", "There are no keys yet: `bellhop keys create` makes one.\n"])
    expect(await keysIn().list()).toEqual([])
  })
})

describe("keys show, revoke and roll", () => {
  it("find a key by its id, and by a name that no other has", async () => {
    const keys = keysIn()
    const { id } = await keys.create("--name", "Shop")
    expect((await keys.call("show", id)).out).toMatch(new RegExp(`^id +${id}\nstate +active\nname +Shop\n`))
    expect((await keys.call("show", "Shop")).code).toBe(0)
    await keys.create("--name", "Shop")
    const { code, err } = await keys.call("show", "Shop")
    expect([code, err]).toEqual([1, expect.stringContaining('2 keys have the name "Shop": ')])
    expect(await keys.call("show", "x")).toMatchObject({ code: 1, err: expect.stringContaining("No key has the id") })
  })

  it("end a key, once and for all", async () => {
    const keys = keysIn()
    const { id } = await keys.create()
    expect(await keys.call("revoke", id)).toMatchObject({ code: 0, out: expect.stringContaining(`revoked ${id}`) })
    const [first] = await keys.list()
    await keys.call("revoke", id)
    const [again] = await keys.list()
    expect(first).toMatchObject({ state: "revoked", revoked: again?.["revoked"] })
  })

  it("put a key in the place of another, which holds for a while", async () => {
    const keys = keysIn()
    const old = await keys.create("--name", "Shop", "--plan", "gold", "--expires", "90d")
    const rolled = JSON.parse((await keys.call("roll", old.id, "--overlap", "7d", "--json")).out) as Record<
      string,
      string
    >
    expect(rolled).toMatchObject({ name: "Shop", plan: "gold", subject: old.id, replaces: old.id })
    expect(environmentOf(rolled["key"] ?? "")).toBe("live")
    const [first, second] = await keys.list()
    const days = ({ expires }: Record<string, unknown>) =>
      Math.round((Date.parse(String(expires)) - Date.now()) / 86_400_000)
    expect([days(first ?? {}), days(second ?? {})]).toEqual([7, 90])
    await keys.call("roll", rolled["id"] ?? "", "--overlap", "0s", "--expires", "2d")
    expect((await keys.list()).map((key) => key["state"])).toEqual(["active", "expired", "active"])
  })
})
