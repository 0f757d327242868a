import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { shapeOf } from "../../src/config/overlaps.ts"
import { parseRouteKey, type RouteKey } from "../../src/config/route-key.ts"
import { Router } from "../../src/gateway/router.ts"

interface Named extends RouteKey {
  readonly key: string
}

function routes(...keys: string[]): Named[] {
  return keys.map((key) => {
    const parsed = parseRouteKey(key)
    if ("wrong" in parsed) throw new Error(`"${key}": ${parsed.wrong}`)
    return { key, ...parsed }
  })
}

describe("Router and the plainest matcher there is", () => {
  const methods = ["GET", "POST", "HEAD"]
  const plain = fc.constantFrom("a", "ab", "abc", "b", "users", "~", "%C3%A9", "7", "42")
  const parameter = fc.constantFrom(":x", ":y")
  const patterned = fc.constantFrom(":(\\d+)", ":([a-z]+)", ":(\\w{1,2})", ":(ab|abc|7)")

  /** Route keys and paths of some kinds of segments: few kinds meet more often. */
  function drawn(text: fc.Arbitrary<string>, segment: fc.Arbitrary<string>, longest: number) {
    const pattern = fc
      .tuple(fc.array(segment, { maxLength: longest }), fc.constantFrom("", "", "/", "/*"))
      .map(([segments, end]) => `/${segments.map((of, index) => of.replace(/^:\w*/, `:p${index}`)).join("/")}${end}`)
      .map((written) => written.replace(/^\/\//, "/"))
    const key = fc
      .tuple(
        fc.constantFrom("", "GET ", "POST ", "GET,POST ", "HEAD "),
        fc.constantFrom("", "", "a.example", "*.example"),
        pattern,
      )
      .map(([method, host, path]) => method + host + path)
    const path = fc
      .tuple(fc.array(text, { maxLength: longest + 1 }), fc.boolean())
      .map(([segments, slash]) => `/${segments.join("/")}${slash && segments.length > 0 ? "/" : ""}`)
    return fc.tuple(fc.uniqueArray(key, { maxLength: 14 }), fc.array(path, { minLength: 1, maxLength: 12 }))
  }

  const asked = fc.oneof(
    drawn(plain, fc.oneof({ weight: 3, arbitrary: plain }, { weight: 2, arbitrary: parameter }), 4),
    drawn(plain, fc.oneof(plain, parameter, patterned), 4),
    drawn(fc.constantFrom("7", "ab"), fc.oneof(fc.constant("7"), fc.constant(":x"), patterned, patterned), 2),
  )

  /**
   * How exactly a pattern matches a path: two digits for each segment, the smaller the better; undefined: not at all.
   * A pattern of a parameter is as good as it stands early among those that other routes have at the same place.
   */
  function exactness(
    wanted: string,
    given: string,
    others: readonly Named[],
  ): { rank: string; params: [string, string][] } | undefined {
    const [segments, found] = [wanted.slice(1).split("/"), given.slice(1).split("/")]
    const params: [string, string][] = []
    let rank = ""
    for (const [index, one] of segments.entries()) {
      const value = found[index]
      if (value === undefined) return undefined
      if (one === "*") return { rank: `${rank}90`, params: [...params, ["*", found.slice(index).join("/")]] }
      if (one.startsWith(":")) {
        if (value === "") return undefined
        const [, name = "", written] = /^:(\w+)(?:\((.+)\))?$/.exec(one) ?? []
        if (written !== undefined && !new RegExp(`^(?:${written})$`).test(value)) return undefined
        params.push([name, value])
        const place = segments.slice(0, index + 1).join("/")
        const order = others.findIndex(
          ({ pattern: of }) =>
            of
              .slice(1)
              .split("/")
              .slice(0, index + 1)
              .join("/") === place,
        )
        rank += written === undefined ? "80" : String(10 + order)
      } else if (one === value) rank += "01"
      else return undefined
    }
    return found.length === segments.length ? { rank, params } : undefined
  }

  const hostRank = (route: Named, host: string): number | undefined =>
    route.host === undefined
      ? 3
      : route.host === host
        ? 1
        : route.host.startsWith("*.") && host.endsWith(route.host.slice(1)) && host.length >= route.host.length
          ? 2
          : undefined

  const methodRank = (route: Named, method: string): number | undefined =>
    route.methods.includes(method)
      ? 1
      : method === "HEAD" && route.methods.includes("GET")
        ? 2
        : route.methods.length === 0
          ? 3
          : undefined

  function expected(all: readonly Named[], method: string, host: string, given: string) {
    const found = all.flatMap((route) => {
      const [by, how] = [hostRank(route, host), methodRank(route, method)]
      const beside = all.filter((other) => other.host === route.host && methodRank(other, method) !== undefined)
      const match = exactness(route.pattern, given, beside)
      return by === undefined || how === undefined || !match
        ? []
        : [{ route, params: match.params, order: `${by}|${match.rank}|${how}` }]
    })
    return found.sort((one, other) => (one.order < other.order ? -1 : 1))[0]
  }

  it("find the same route and the same parameters", () => {
    fc.assert(
      fc.property(asked, ([keys, paths]) => {
        const taken = new Set<string>()
        const all = routes(...keys).filter((route) => {
          const names = (route.methods.length === 0 ? ["any"] : route.methods).map(
            (method) => `${method} ${route.host}${shapeOf(route.pattern)}`,
          )
          if (names.some((name) => taken.has(name))) return false
          for (const name of names) taken.add(name)
          return true
        })
        const router = new Router(all)
        for (const given of paths)
          for (const method of [...methods, "PURGE"])
            for (const host of ["a.example", "b.example", "elsewhere"]) {
              const right = expected(all, method, host, given)
              const found = router.find(method, host, given, given)
              expect(found?.route.key, `${method} ${host}${given}`).toBe(right?.route.key)
              expect([...(found?.params ?? [])]).toEqual(right?.params ?? [])
              const raw = router.find(method, host, given, given.replaceAll("/", "//"))
              expect(raw?.route.key).toBe(right?.route.key)
              for (const [name, value] of right?.params ?? [])
                if (name !== "*") expect(raw?.params.get(name)).toBe(value)
            }
      }),
      { numRuns: 300 },
    )
  })

  it("agree on which methods a path takes", () => {
    fc.assert(
      fc.property(asked, ([keys, paths]) => {
        const all = routes(...keys)
        const router = new Router(all)
        for (const given of paths)
          for (const host of ["a.example", "elsewhere"]) {
            if (router.find("PURGE", host, given, given)) continue
            const right = methods.filter((method) => expected(all, method, host, given))
            expect(router.allowed(host, given).sort()).toEqual(right.sort())
          }
      }),
    )
  })
})
