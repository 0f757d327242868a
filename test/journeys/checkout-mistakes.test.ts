import { readFileSync } from "node:fs"
import { join } from "node:path"

import { expect, it } from "vitest"

import { executable, folder } from "../support/executable.ts"
import { marked } from "../support/saves.ts"

interface Checked {
  readonly ok: boolean
  readonly issues: readonly { code: string; file: string; line: number; column: number; message: string }[]
}

const example = readFileSync(join(import.meta.dirname, "../../gateway.config.ts"), "utf8")

/** The example with something else in the place of a text that is in it once; `⟦` stands before what a message has to name. */
function changed(...changes: readonly (readonly [from: string, to: string])[]): string {
  return changes.reduce((source, [from, to]) => {
    if (source.split(from).length !== 2) throw new Error(`"${from}" is not in the example once.`)
    return source.replace(from, () => to)
  }, example)
}

function check(source: string): { code: number; checked: Checked; said: string } {
  using place = folder({ "gateway.config.ts": source })
  const { exitCode, stdout, stderr } = Bun.spawnSync([executable, "check", "--json"], {
    cwd: place.path,
    env: { HOME: place.path },
  })
  const said = stderr.toString()
  return { code: exitCode, checked: JSON.parse(stdout.toString()) as Checked, said }
}

const cart = 'cart: "cart GET /cart"'
const withSchema = `cart: {
          call: "cart GET /cart",
          schema: {
            type: "object",
            required: ["total", "currency"],
            properties: { total: { type: "number" }, currency: { type: "string" } },
          },
        }`
const user = 'user: { call: "user GET /user", fallback: { name: "guest" } }'
const needs = 'needs: ["cart"]'

it.each<[mistake: string, source: string, code: string, message: RegExp]>([
  [
    "a misspelt part in needs",
    changed([needs, 'needs: [⟦"card"]']),
    "E302",
    /^Unknown part "card"\. Did you mean "cart"\?$/,
  ],
  [
    "a misspelt part in a call",
    changed([user, 'user: ⟦"user GET /users/:crat.id"']),
    "E307",
    /^":crat" in "\/users\/:crat\.id" is not a parameter of the route, nor a part\. Did you mean ":cart"\?$/,
  ],
  [
    "a misspelt part in a function",
    changed(["body: ({ cart })", "body: ({ ⟦crat: cart })"]),
    "E901",
    /'crat' does not exist/,
  ],
  [
    "a wrong field of a part with a schema",
    changed([cart, withSchema], ["cart.total", "cart.⟦totl"]),
    "E901",
    /'totl'.* Did you mean 'total'\?$/,
  ],
  [
    "a field of the wrong type",
    changed([cart, withSchema], ["amount: cart.total", "amount: cart.total.⟦length"]),
    "E901",
    /'length' does not exist on type 'number'/,
  ],
  [
    "a cycle of needs",
    changed([user, 'user: { call: "user GET /user", needs: ⟦["charge"] }'], [needs, 'needs: ["cart", "user"]']),
    "E303",
    /^Parts need each other in a circle: "user" → "charge" → "user"\.$/,
  ],
  [
    "a cycle through a call",
    changed([cart, 'cart: ⟦"cart GET /carts/:charge.id"']),
    "E303",
    /^Parts need each other in a circle: "cart" → "charge" → "cart"\.$/,
  ],
])("bellhop check refuses %s, at its line and column", (_, source, code, message) => {
  const place = marked(source)
  const found = check(place?.text ?? source)
  expect(found).toMatchObject({ code: 3, said: "", checked: { ok: false } })
  expect(found.checked.issues).toEqual([
    expect.objectContaining({
      code,
      message: expect.stringMatching(message),
      file: "gateway.config.ts",
      line: place?.line,
      column: place?.column,
    }),
  ])
})

it("bellhop check is content with the same checkout without a mistake", () => {
  const { code, checked } = check(changed([cart, withSchema]))
  expect([code, checked.ok, checked.issues.filter(({ code: issue }) => issue !== "E504")]).toEqual([0, true, []])
})
