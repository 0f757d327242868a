import { afterAll, beforeAll, describe, expect, it } from "vitest"

import { type Authority, authority, type Certificate, tlsService } from "../support/certificates.ts"
import { type Gateway, gateway } from "../support/gateway.ts"
import { ask } from "../support/raw.ts"
import { rawUpstream } from "../support/upstream.ts"

let house: Authority
let client: Certificate
let service: Awaited<ReturnType<typeof tlsService>>

beforeAll(async () => {
  house = await authority()
  const own = await house.signed("shop.internal", "DNS:shop.internal")
  client = await house.signed("gateway", "DNS:gateway")
  service = await tlsService({ ...own, ca: house.ca, requestCert: true, rejectUnauthorized: false })
})

afterAll(() => {
  service[Symbol.dispose]()
  house[Symbol.dispose]()
})

const serving = (options: string): Promise<Gateway> =>
  gateway(
    `{ services: { shop: { url: "https://127.0.0.1:${service.port}", ${options} } }, routes: { "/*": "shop" } }`,
    {
      files: { "ca.pem": house.ca, "client.pem": client.cert, "client.key": client.key },
    },
  )

describe("a service over TLS", () => {
  it("is refused while nobody vouches for its certificate", async () => {
    await using bellhop = await serving("")
    expect((await ask(bellhop.url, "/")).status).toBe(502)
  })

  it("is refused when its certificate is for another name", async () => {
    await using bellhop = await serving('tls: { ca: file("ca.pem") }')
    expect((await ask(bellhop.url, "/")).status).toBe(502)
  })

  it("is trusted by its authority and the name that the config gives", async () => {
    await using bellhop = await serving('tls: { ca: file("ca.pem"), serverName: "shop.internal" }')
    expect(await ask(bellhop.url, "/")).toMatchObject({ status: 200, body: "shop.internal for nobody" })
  })

  it("is shown the certificate of the gateway", async () => {
    const pair = 'cert: file("client.pem"), key: file("client.key")'
    await using bellhop = await serving(`tls: { ca: file("ca.pem"), serverName: "shop.internal", ${pair} }`)
    expect(await ask(bellhop.url, "/")).toMatchObject({ status: 200, body: "shop.internal for gateway" })
  })

  it("is taken as it is where the config spells that out", async () => {
    await using bellhop = await serving("tls: { insecure: true }")
    expect((await ask(bellhop.url, "/")).status).toBe(200)
  })
})

describe("the connections of a service", () => {
  it("are no more than it may have; who finds no place to wait is refused at once", async () => {
    const held: (() => void)[] = []
    using slow = await rawUpstream(
      () => new Promise((resolve) => held.push(() => resolve("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))),
    )
    await using bellhop = await gateway(
      `{ services: { slow: { url: "${slow.url}", connections: { max: 1, waiting: 1 } } }, routes: { "/*": "slow" } }`,
    )
    const first = ask(bellhop.url, "/first")
    await slow.next("/first")
    const others = [ask(bellhop.url, "/second"), ask(bellhop.url, "/third")]
    const refused = await Promise.race(others)
    expect(refused).toMatchObject({ status: 503 })
    expect(refused.get("retry-after")).toBe("1")
    held.shift()?.()
    expect((await first).status).toBe(200)
    await slow.next()
    held.shift()?.()
    expect((await Promise.all(others)).map(({ status }) => status).toSorted()).toEqual([200, 503])
  })
})
