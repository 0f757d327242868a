import { describe, expect, it } from "vitest"

import { called } from "../called.ts"
import { project } from "../shop.ts"

describe("routes", () => {
  it("lists every choice of every route in the order of the config", async () => {
    const { code, out, err } = await called(["routes"], { cwd: project() })
    expect([code, err]).toEqual([0, ""])
    expect(out).toMatchInlineSnapshot(`
      "METHODS   PATH                                        TARGET      SERVICES                         POLICIES
      GET       /cart                                       service     cart                             requestId timeout
      GET       /users/:id                                  service     user (fallback)                  requestId headers timeout
      any       /pay/* when { header: { "x-beta": "1" } }   service     cart                             requestId timeout
      any       /pay/*                                      service     payment                          bodyLimit timeout
      POST      /checkout                                   aggregate   cart, user (fallback), payment   requestId timeout
      GET       old.example.com/shop                        redirect                                     requestId timeout
      GET       /hello                                      handler                                      requestId
      "
    `)
  })

  it("gives programs the same", async () => {
    const { out } = await called(["routes", "--json"], { cwd: project() })
    const listed = JSON.parse(out) as unknown[]
    expect(listed).toHaveLength(7)
    expect(listed[1]).toEqual({
      methods: ["GET"],
      host: null,
      path: "/users/:id",
      when: null,
      target: "service",
      services: [{ name: "user", mode: "fallback" }],
      policies: ["requestId", "headers", "timeout"],
    })
    expect(listed[2]).toMatchObject({ methods: "any", path: "/pay/*", when: { header: { "x-beta": "1" } } })
    expect(listed[5]).toMatchObject({ host: "old.example.com", target: "redirect", services: [] })
  })

  it("takes the config it is given", async () => {
    const cwd = project()
    const { code, out } = await called(["routes", "-c", `${cwd}/gateway.config.ts`], { cwd: "/" })
    expect([code, out]).toEqual([0, expect.stringContaining("/users/:id")])
  })

  it("ends with 3 where there is no config, and says how to get one", async () => {
    const { code, out, err } = await called(["routes"], { cwd: project({}) })
    expect([code, out]).toEqual([3, ""])
    expect(err).toMatch(/E109.*Cannot find the config[^]*bellhop init/)
  })
})
