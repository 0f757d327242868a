import { afterAll, beforeAll, expect, it } from "vitest"

import { type Gateway, gateway } from "../support/gateway.ts"
import { type Listener, webUpstream } from "../support/upstream.ts"

const runs = 1000
const atOnce = 50
// In milliseconds.
const longestDelay = 5

/** Answers after a while that nobody knows before, with the status that the path ends in. */
async function delayed(request: Request): Promise<Response> {
  await Bun.sleep(Math.random() * longestDelay)
  const { pathname } = new URL(request.url)
  const status = Number(/\d{3}$/.exec(pathname)?.[0] ?? 200)
  const body = pathname === "/cart" ? { id: "c1", total: 9300, items: [3, 1, 2] } : { of: pathname, total: 1 }
  return Response.json(body, { status })
}

const parts = `
  cart: "shop GET /cart",
  user: "shop GET /user",
  offers: { call: "shop GET /offers/500", required: false },
  news: { call: "shop GET /news/503", fallback: ["none"] },
  owner: "shop GET /owners/:cart.id",
  items: { call: "shop GET /items/:item", forEach: "cart.items" },
`

const routes = `
  "GET /by-name": { aggregate: { ${parts} } },
  "GET /merged": { aggregate: { ${parts} }, merge: "deep" },
  "GET /one-fails": { aggregate: { ${parts} bad: "shop GET /bad/403" } },
  "GET /two-fail": { aggregate: { slow: "shop GET /bad/409", ${parts} bad: "shop GET /bad/403" } },
  "GET /needed-fails": { aggregate: { last: "shop GET /:bad.id", ${parts} bad: "shop GET /bad/403", other: "shop GET /bad/409" } },
`

let shop: Listener
let bellhop: Gateway

beforeAll(async () => {
  shop = webUpstream(delayed)
  bellhop = await gateway(`{ services: { shop: "${shop.url}" }, routes: { ${routes} } }`)
})

afterAll(async () => {
  await bellhop[Symbol.asyncDispose]()
  shop[Symbol.dispose]()
})

/** What a client gets, without the times of the parts. */
async function got(path: string): Promise<string> {
  // The id of an exchange is in a problem.
  const response = await fetch(bellhop.url + path, { headers: { "x-request-id": "same" } })
  const said = ["content-type", "cache-control", "x-bellhop-parts", "x-bellhop-complete"].map((name) =>
    response.headers.get(name)?.replace(/;\d+ms/g, ""),
  )
  return [response.status, ...said, await response.text()].join("\n")
}

it.each<[path: string, status: number, said: string]>([
  [
    "/by-name",
    200,
    '{"cart":{"id":"c1","total":9300,"items":[3,1,2]},"user":{"of":"/user","total":1},"offers":null,"news":["none"],"owner":{"of":"/owners/c1","total":1},"items":[{"of":"/items/3","total":1},{"of":"/items/1","total":1},{"of":"/items/2","total":1}]}',
  ],
  [
    "/merged",
    200,
    '{"id":"c1","total":1,"items":[{"of":"/items/3","total":1},{"of":"/items/1","total":1},{"of":"/items/2","total":1}],"of":"/owners/c1","offers":null,"news":["none"]}',
  ],
  ["/one-fails", 403, 'Part "bad" answered 403.'],
  ["/two-fail", 409, 'Part "slow" answered 409.'],
  ["/needed-fails", 403, 'Part "bad" answered 403.'],
])(
  `${runs} requests, ${atOnce} at a time, to services of random delays get the same bytes: %s`,
  { timeout: 60_000 },
  async (path, status, said) => {
    const seen = new Map<string, number>()
    for (let run = 0; run < runs; run += atOnce)
      for (const one of await Promise.all(Array.from({ length: atOnce }, () => got(path))))
        seen.set(one, (seen.get(one) ?? 0) + 1)
    expect([...seen.values()]).toEqual([runs])
    const [only = ""] = seen.keys()
    const body = only.split("\n").at(-1) ?? ""
    expect(only.split("\n")[0]).toBe(String(status))
    expect(status === 200 ? body : (JSON.parse(body) as { detail: string }).detail).toBe(said)
  },
)
