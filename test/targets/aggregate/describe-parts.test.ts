import { join } from "node:path"

import { describe, expect, it } from "vitest"

import { Kept } from "../../../src/core/kept.ts"
import { build } from "../../../src/gateway/build.ts"
import { aggregate } from "../../../src/targets/aggregate.ts"
import { describeParts } from "../../../src/targets/aggregate/describe-parts.ts"
import { tools } from "../../support/exchange.ts"
import { folder } from "../../support/executable.ts"

const partsOf = (parts: object) =>
  aggregate.options.parse({ aggregate: parts }, [], ({ message }) => expect.fail(message)).aggregate

describe("describeParts()", () => {
  it("tells what is called, what is needed and what is in the answer", () => {
    const schema = { type: "object" }
    expect(
      describeParts(
        partsOf({
          cart: { call: "cart GET /:id?x=1", schema },
          items: { service: "stock", request: () => 1, forEach: "cart.items", as: "list", pick: ["a"] },
          inner: { aggregate: { x: "cart GET /:cart.id" }, required: false, when: () => true },
          user: { call: "user GET /", as: false, fallbackLast: "1m", needs: ["inner"] },
        }),
      ),
    ).toMatchObject([
      {
        name: "cart",
        call: { service: "cart", method: "GET", path: "/:id", search: "?x=1" },
        needs: [],
        required: true,
        as: "cart",
        schema,
      },
      { name: "items", call: undefined, service: "stock", needs: ["cart"], as: "list", isList: true, isShaped: true },
      { name: "inner", parts: [{ name: "x" }], needs: ["cart"], required: false, isConditional: true },
      { name: "user", needs: ["inner"], required: false, as: false, isList: false, isShaped: false },
    ])
  })
})

describe("the target aggregate", () => {
  it("says which services it calls: those of functions, those inside, and those that undo", () => {
    const options = aggregate.options.parse(
      {
        aggregate: {
          a: { service: "one", request: () => 1 },
          b: { aggregate: { x: "two GET /", y: "one GET /" } },
          c: { call: "three POST /", compensate: "four DELETE /" },
        },
      },
      [],
      ({ message }) => expect.fail(message),
    )
    expect(aggregate.uses?.(options)).toEqual(["one", "two", "three", "four"])
  })

  it("is refused where a mock file is not there, in its line", async () => {
    using shop = folder({
      "gateway.config.ts": `import { defineGateway } from "bellhop"
export default defineGateway({
  services: { cart: "http://a" },
  routes: {
    "GET /": { aggregate: { a: { call: "cart GET /", fallbackMock: "mocks/there.json" }, b: { aggregate: {
      x: { call: "cart GET /", fallbackMock: "mocks/ther.json" } } } } },
  },
})
`,
      "mocks/there.json": "1",
    })
    const entry = join(shop.path, "gateway.config.ts")
    const { issues } = await build({ entry, log: tools().log, kept: new Kept(), types: false })
    expect(issues.map(({ code, message, place }) => [code, message, place?.line])).toEqual([
      ["E605", 'Cannot find mock file "mocks/ther.json". Did you mean "mocks/there.json"?', 6],
    ])
  })
})
