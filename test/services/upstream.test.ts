import { describe, expect, it } from "vitest"

import { Kept } from "../../src/core/kept.ts"
import type { Network } from "../../src/services/network-options.ts"
import { Http2Pool } from "../../src/services/transport/http2-pool.ts"
import { upstream } from "../../src/services/upstream.ts"

const { keep } = new Kept().generation()
const at = (url: string, network: Network = {}) => upstream("shop", { url }, keep, network)

describe("upstream()", () => {
  it("speaks HTTP/1.1 unless its service says something else", () => {
    for (const network of [{}, { protocol: "http1" as const }]) {
      const { pool, http1, http2 } = at("http://10.0.0.5", network)
      expect([pool === http1, http2]).toEqual([true, undefined])
    }
  })

  it("has HTTP/2 connections where its service says so, and connections of HTTP/1.1 beside them", () => {
    const { pool, http1, http2 } = at("http://10.0.0.5", { protocol: "http2" })
    expect(http2).toBeInstanceOf(Http2Pool)
    expect([pool === http2, http1 === http2?.http1]).toEqual([true, true])
  })

  it("shares connections with those that speak the same only", () => {
    const [first, other, third] = [
      at("http://10.0.0.5", { protocol: "http2" }),
      at("http://10.0.0.5/base"),
      at("http://10.0.0.5/base", { protocol: "http2" }),
    ]
    expect([first.pool === third.pool, first.pool === other.pool]).toEqual([true, false])
  })

  it("at a unix socket shares connections with those at the same one only", () => {
    const [cart, other, base] = [at("unix:/run/cart.sock"), at("unix:/run/user.sock"), at("unix:/run/cart.sock:/base")]
    expect([cart.pool === base.pool, cart.pool === other.pool]).toEqual([true, false])
    expect(base).toMatchObject({
      host: "localhost",
      label: "unix:/run/cart.sock:/base",
      basePath: "/base",
      address: { unix: "/run/cart.sock", tls: undefined },
    })
  })

  it("says another Host to a unix socket where it is told one", () => {
    const made = upstream("shop", { url: "unix:/run/cart.sock", host: "cart.internal" }, keep)
    expect(made).toMatchObject({ host: "cart.internal", address: { unix: "/run/cart.sock" } })
  })
})
