import { generateKeyPairSync } from "node:crypto"

import { jwtVerify } from "jose"
import { describe, expect, it } from "vitest"

import { checkClient, clientFields, type ClientOptions, identifyClient } from "../../../src/core/oauth/client.ts"
import { object } from "../../../src/core/schema.ts"

const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
const pem = String(privateKey.export({ type: "pkcs8", format: "pem" }))
const exchange = generateKeyPairSync("x25519").privateKey.export({ format: "jwk" })
const url = "https://id.example/token"

const read = (written: unknown): { options: ClientOptions; problems: string[] } => {
  const problems: string[] = []
  const report = ({ message }: { message: string }): void => void problems.push(message)
  const options = object(clientFields).parse(written, [], report)
  if (problems.length === 0) checkClient(options, [], report)
  return { options, problems }
}

const identified = async (written: unknown) => {
  const { options, problems } = read(written)
  expect(problems).toEqual([])
  const form = new URLSearchParams()
  return { headers: await identifyClient(options, url, form), form: Object.fromEntries(form) }
}

describe("identifyClient()", () => {
  it("shows the secret in a header, each half encoded by itself", async () => {
    const { headers, form } = await identified({ clientId: "a:b", clientSecret: "p ä%:" })
    expect(headers).toEqual({ authorization: `Basic ${btoa("a%3Ab:p+%C3%A4%25%3A")}` })
    expect(form).toEqual({})
  })

  it("shows the secret in the form", async () => {
    const { headers, form } = await identified({ clientId: "gate", clientSecret: "s", clientAuth: "post" })
    expect(headers).toEqual({})
    expect(form).toEqual({ client_id: "gate", client_secret: "s" })
  })

  it.each<[by: string, options: Readonly<Record<string, unknown>>, key: Parameters<typeof jwtVerify>[1], alg: string]>([
    ["its secret", { clientSecret: "s".repeat(32), clientAuth: "jwt" }, Buffer.from("s".repeat(32)), "HS256"],
    ["its key", { clientKey: pem }, publicKey, "ES256"],
    ["a key with a name", { clientKey: { ...privateKey.export({ format: "jwk" }), kid: "k" } }, publicKey, "ES256"],
  ])("signs who it is with %s, once for each question", async (_, options, key, alg) => {
    const forms = [
      await identified({ clientId: "gate", ...options }),
      await identified({ clientId: "gate", ...options }),
    ]
    const ids = new Set<unknown>()
    for (const { form, headers } of forms) {
      expect(headers).toEqual({})
      expect(form["client_assertion_type"]).toBe("urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
      expect(form).not.toHaveProperty("client_secret")
      const { payload, protectedHeader } = await jwtVerify(form["client_assertion"] ?? "", key, {
        audience: url,
        issuer: "gate",
        subject: "gate",
        maxTokenAge: 60,
      })
      expect(protectedHeader.alg).toBe(alg)
      ids.add(payload.jti)
    }
    expect(ids.size).toBe(2)
  })
})

describe("checkClient()", () => {
  it.each<[written: unknown, message: RegExp]>([
    [{ clientId: "gate" }, /Expected one of "clientSecret" and "clientKey"/],
    [{ clientId: "gate", clientSecret: "s", clientKey: pem }, /Expected one of "clientSecret" and "clientKey"/],
    [{ clientId: "gate", clientKey: exchange }, /Expected one key that signs/],
    [{ clientId: "gate", clientKey: [pem, pem] }, /Expected one key that signs/],
    [{ clientId: "gate", clientKey: pem, clientAuth: "basic" }, /A key is never sent/],
    [{ clientId: "gate", clientSecret: "s", clientAuth: "jwt" }, /at least 32 bytes/],
    [{ clientId: "", clientSecret: "s" }, /Expected a name/],
    [{ clientSecret: "s" }, /Missing option "clientId"/],
  ])("refuses %j", (written, message) => {
    expect(read(written).problems.join()).toMatch(message)
  })
})
