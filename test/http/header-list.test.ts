import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { HeaderList } from "../../src/http/header-list.ts"

type Pair = [string, string]
type Step = { readonly text: string; model(pairs: readonly Pair[]): Pair[]; real(list: HeaderList): void }

const name = fc.constantFrom("a", "b", "set-cookie", "x-a", "__proto__", "constructor")
const value = fc.constantFrom("", "1", "2", "a, b", "é")

/** What may be done to a list, beside the plainest way to do it to pairs. */
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(name, value).map(([key, item]) => ({
    text: `append ${key}=${item}`,
    model: (pairs: readonly Pair[]): Pair[] => [...pairs, [key, item]],
    real: (list: HeaderList) => list.append(key, item),
  })),
  fc.tuple(name, value).map(([key, item]) => ({
    text: `set ${key}=${item}`,
    model(pairs: readonly Pair[]): Pair[] {
      const first = pairs.findIndex(([other]) => other === key)
      if (first < 0) return [...pairs, [key, item]]
      return pairs.flatMap(([other, old], index): Pair[] =>
        index === first ? [[key, item]] : other === key ? [] : [[other, old]],
      )
    },
    real: (list: HeaderList) => list.set(key, item),
  })),
  name.map((key) => ({
    text: `delete ${key}`,
    model: (pairs: readonly Pair[]) => pairs.filter(([other]) => other !== key),
    real: (list: HeaderList) => list.delete(key),
  })),
  fc.constantFrom("x-", "set-", "").map((prefix) => ({
    text: `drop ${prefix}*`,
    model: (pairs: readonly Pair[]) => pairs.filter(([other]) => !other.startsWith(prefix)),
    real: (list: HeaderList) => list.drop((other) => other.startsWith(prefix)),
  })),
)

describe("HeaderList", () => {
  it("does what the same steps do to an array of pairs", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(name, value), { maxLength: 6 }),
        fc.array(step, { maxLength: 20 }),
        (begin, steps) => {
          let pairs: Pair[] = begin
          const list = new HeaderList(begin.flat())
          for (const { model, real } of steps) {
            pairs = model(pairs)
            real(list)
            expect([...list]).toEqual(pairs)
          }
          for (const key of ["a", "set-cookie", "__proto__", "constructor", "toString"]) {
            const values = pairs.flatMap(([other, item]) => (other === key ? [item] : []))
            expect(list.all(key)).toEqual(values)
            expect(list.get(key)).toBe(values[0])
            expect(list.has(key)).toBe(values.length > 0)
          }
          expect(list.pairs()).toEqual(pairs)
          expect(list.lines).toEqual(pairs.flat())
        },
      ),
    )
  })

  it("set() keeps the place of the first and drops the others", () => {
    const list = new HeaderList(["a", "1", "b", "2", "a", "3", "c", "4", "a", "5"])
    list.set("a", "new")
    expect([...list]).toEqual([
      ["a", "new"],
      ["b", "2"],
      ["c", "4"],
    ])
  })

  it("has() is true for an empty value", () => {
    expect(new HeaderList(["a", ""]).has("a")).toBe(true)
  })

  it("copy() is on its own from then on", () => {
    const first = new HeaderList(["a", "1"])
    const second = first.copy()
    second.set("a", "2")
    second.append("b", "3")
    expect([...first]).toEqual([["a", "1"]])
    first.delete("a")
    expect(second.get("a")).toBe("2")
  })

  it.each(["a\r\nb: c", "a\nb", "a\rb", "a\0b", "\u010d", "\u010a", "世", "😀"])(
    "takes nothing that is a line break or would be one as bytes: %j",
    (broken) => {
      const list = new HeaderList()
      expect(() => list.set("x", broken)).toThrow(TypeError)
      expect(() => list.append("x", broken)).toThrow(TypeError)
      expect(() => list.append(broken, "x")).toThrow(TypeError)
      expect([...list]).toEqual([])
    },
  )

  it("of() writes names in lower case, in the order of the object", () => {
    expect([...HeaderList.of({ "X-B": "1", "x-A": "2" })]).toEqual([
      ["x-b", "1"],
      ["x-a", "2"],
    ])
  })

  it("toWeb() and from() keep everything that a Headers object can hold", () => {
    const line = fc.tuple(fc.constantFrom("a", "b", "x-a", "set-cookie"), fc.constantFrom("1", "2", "c=d; e"))
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), (pairs) => {
        const list = new HeaderList(pairs.flat())
        const again = HeaderList.from(list.toWeb())
        for (const [key] of pairs) {
          if (key === "set-cookie") expect(again.all(key)).toEqual(list.all(key))
          else expect(again.all(key)).toEqual([list.all(key).join(", ")])
        }
        expect([...again].length).toBe(
          new Set(pairs.map(([key]) => key)).size + Math.max(0, list.all("set-cookie").length - 1),
        )
      }),
    )
  })
})
