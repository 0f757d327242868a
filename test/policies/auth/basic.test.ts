import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import { env, useSurroundings } from "../../../src/core/secret.ts"
import { exchange } from "../../support/exchange.ts"
import { guarded, problemsOf } from "./guarded.ts"

// "secret", by bcrypt and argon2 of the lowest cost.
const bcrypt = "$2b$04$vG939QkvLd7ZEin/Bmqlyutmx8tCurcIHVuLTYgQIE66XCoruu.XO"
const argon =
  "$argon2id$v=19$m=8192,t=1,p=1$cYf7QUU+7uRQjeD3wXxgURP4+JyXxRoTB9ALi1X8+Mo$7vIGBkixRmpm5dV/ZYawOwtb20X/sRMtWFx741/jfPk"

const users = {
  ada: bcrypt,
  bob: { password: argon, plan: "gold", tenant: "acme", scopes: ["read"], roles: ["admin"], metadata: { team: "a" } },
  cleo: bcrypt.replace("$2b$", "$2y$"),
}

const as = (pair: string | Uint8Array) => ({
  headers: { authorization: `Basic ${Buffer.from(pair).toString("base64")}` },
})
const raw = (credentials: string) => ({ headers: { authorization: `Basic ${credentials}` } })

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }))
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe("basic()", () => {
  it("lets in who knows the password, with all that is known of them", async () => {
    const { ask } = guarded({ basic: { users } })
    const { served } = await ask(as("bob:secret"))
    expect(served?.identity).toMatchObject({
      scheme: "basic",
      subject: "bob",
      plan: "gold",
      tenant: "acme",
      scopes: ["read"],
      roles: ["admin"],
      claims: { team: "a" },
    })
    expect(served?.headers.has("authorization")).toBe(false)
    expect((await ask(as("ada:secret"))).served?.identity?.subject).toBe("ada")
    expect((await ask(as("cleo:secret"))).status).toBe(200)
  })

  it("takes users out of a file or a variable with JSON", async () => {
    useSurroundings({ USERS: JSON.stringify(users) }, ".")
    expect((await guarded({ basic: { users: env("USERS") } }).ask(as("ada:secret"))).status).toBe(200)
  })

  const refusals: [why: string, asked: ReturnType<typeof raw>, reason: string][] = [
    ["a wrong password", as("ada:Secret"), "the name or the password is wrong"],
    ["no password", as("ada:"), "the name or the password is wrong"],
    ["an unknown name", as("eve:secret"), "the name or the password is wrong"],
    ["what every object has", as("constructor:secret"), "the name or the password is wrong"],
    ["no name", as(":secret"), "the name or the password is wrong"],
    ["no colon", as("ada"), "the credentials cannot be read"],
    ["nothing", raw(""), "the credentials cannot be read"],
    ["what is no base64", raw("YWRh OnNlY3JldA=="), "the credentials cannot be read"],
    ["base64 that is not padded", raw("YWRhOnNlY3JldA"), "the credentials cannot be read"],
    ["what is no UTF-8", as(new Uint8Array([0x61, 0x64, 0x61, 0x3a, 0xff])), "the credentials cannot be read"],
    ["a control letter", as("ada:secret\0"), "the credentials cannot be read"],
    ["endless credentials", as(`ada:${"s".repeat(2000)}`), "the credentials are too long"],
  ]
  it.each(refusals)("refuses %s", async (_, asked, reason) => {
    const { ask, tools } = guarded({ basic: { users } })
    const { status, reply } = await ask(asked)
    expect(status).toBe(401)
    expect(reply.headers.get("www-authenticate")).toBe('Basic realm="gateway", charset="UTF-8"')
    expect(tools.logged.map(({ message }) => message)).toEqual([expect.stringContaining(`basic: ${reason} (exchange`)])
  })

  it("checks a name and a password once, right or wrong, until `remember` is over", async () => {
    const verify = vi.spyOn(Bun.password, "verify")
    const { ask, handle } = guarded({ basic: { users, remember: "1m" } })
    await ask(as("ada:secret"))
    await ask(as("ada:wrong"))
    expect(handle(exchange(as("ada:secret")))).not.toBeInstanceOf(Promise)
    expect((await ask(as("ada:wrong"))).status).toBe(401)
    expect(verify).toHaveBeenCalledTimes(2)
    vi.setSystemTime(Date.now() + 60_000)
    await ask(as("ada:secret"))
    expect(verify).toHaveBeenCalledTimes(3)
  })

  it("checks the same credentials once for all who send them at the same time", async () => {
    const verify = vi.spyOn(Bun.password, "verify")
    const { ask } = guarded({ basic: { users } })
    await Promise.all([ask(as("ada:secret")), ask(as("ada:secret"))])
    expect(verify).toHaveBeenCalledOnce()
  })

  it("takes as long for an unknown name as for a known one: a hash is checked for both", async () => {
    const verify = vi.spyOn(Bun.password, "verify")
    const { ask } = guarded({ basic: { users } })
    await ask(as("eve:secret"))
    expect(verify).toHaveBeenCalledExactlyOnceWith("secret", bcrypt)
  })

  it("checks few passwords at a time, and tells who would wait too long", async () => {
    let open: (() => void) | undefined
    const opened = new Promise<void>((resolve) => (open = resolve))
    let running = 0
    let most = 0
    vi.spyOn(Bun.password, "verify").mockImplementation(async () => {
      most = Math.max(most, ++running)
      await opened
      running--
      return false
    })
    const { ask } = guarded({ basic: { users } })
    const asked = Array.from({ length: 150 }, (_, at) => ask(as(`ada:${at}`)))
    const refused = await Promise.any(asked)
    expect(refused.status).toBe(503)
    expect(refused.reply.headers.get("retry-after")).toBe("1")
    open?.()
    const statuses = (await Promise.all(asked)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 401).length).toBe(100 + most)
    expect(most).toBeLessThanOrEqual(4)
  })

  const mistakes: [why: string, users: unknown, message: string][] = [
    ["a password in the open", { ada: "secret" }, "Expected the hash of a password: argon2 or bcrypt."],
    ["no users", {}, "No users."],
    ["a name that cannot be sent", { "a:b": bcrypt }, "Expected the name of a user, without a colon"],
    ["a user without a password", { ada: { roles: ["a"] } }, 'Missing option "password".'],
  ]
  it.each(mistakes)("is refused with %s", (_, given, message) => {
    expect(problemsOf({ basic: { users: given } })).toEqual([expect.stringContaining(message)])
  })
})
