import { valueAt } from "./fields.ts"
import type { Frame } from "./frame.ts"

/** Where a value comes from that a call, or a list to go through, is made of. */
export type Source =
  | { readonly from: "param" | "query" | "headers"; readonly name: string }
  | { readonly from: "body" | "item"; readonly path: readonly string[] }
  | { readonly from: "part"; readonly name: string; readonly path: readonly string[] }

/** The words that stand for something of the request: no part may be called like one. */
export const reserved: ReadonlySet<string> = new Set(["query", "headers", "body", "item"])

/** The parts that can be named at some place of an aggregate, each with its index among the values. */
export interface Names {
  readonly parts: ReadonlyMap<string, number>
  /** Where this is an aggregate inside a part: the parts around that. */
  readonly outer: Names | undefined
}

/** Every name that means a part, the nearest first. */
export function namesOf(names: Names | undefined): string[] {
  return names ? [...names.parts.keys(), ...namesOf(names.outer)] : []
}

/** What comes from the client is the client's mistake when it is missing. */
export const isClients = ({ from }: Source): boolean => from !== "part" && from !== "item"

/** How to find the value of a source, once its parts are there; undefined where there is none. */
export function reader(source: Source, names: Names): (frame: Frame) => unknown {
  switch (source.from) {
    case "param":
      return ({ run }) => run.exchange.params.get(source.name)
    case "query":
      return ({ run }) => run.request.query.get(source.name) ?? undefined
    case "headers": {
      const name = source.name.toLowerCase()
      return ({ run }) => run.exchange.headers.get(name)
    }
    case "body":
      return ({ run }) => valueAt(run.body, source.path)
    case "item":
      return ({ item }) => valueAt(item, source.path)
    case "part": {
      const { path } = source
      let depth = 0
      let holder: Names | undefined = names
      for (; holder && !holder.parts.has(source.name); holder = holder.outer) depth++
      const index = holder?.parts.get(source.name) ?? -1
      return (frame) => {
        let at: Frame | undefined = frame
        for (let left = depth; left > 0; left--) at = at?.outer
        return valueAt(at?.values[index], path)
      }
    }
  }
}
