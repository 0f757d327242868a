import { about, listOf, object, optional, record } from "../../core/schema.ts"
import { text } from "../../core/values.ts"
import type { Given } from "./template.ts"
import { filled } from "./values.ts"

const name = () => text({ expected: "the name of a query parameter", pattern: /./ })

/** What can be changed of a query. */
export const queryOptions = object({
  remove: about("Parameters to take out.", optional(listOf(name()))),
  rename: about("Parameters to call otherwise: the name they have, and the new one.", optional(record(name(), name()))),
  set: about(
    "Parameters to put in the place of those that are there, with placeholders such as `:id` and `:headers.x-user`.",
    optional(record(filled(), name())),
  ),
})

/** The changes to a query, once checked. */
export type QueryOptions = ReturnType<typeof queryOptions.parse>

/** Rewrites a query: removes first, then renames, then sets. What is not named keeps its bytes. */
export function rewriting({ remove, rename, set }: QueryOptions): (search: string, given: Given) => string {
  const removed = new Set(remove)
  return (search, given) => {
    const made = new Map(
      [...(set ?? [])].flatMap(([key, { fill }]) => {
        const value = fill(given)
        return value === undefined ? [] : [[key, `${escaped(key)}=${escaped(value)}`] as const]
      }),
    )
    const pairs: string[] = []
    const put = (key: string): void => {
      const pair = made.get(key)
      if (pair !== undefined) pairs.push(pair)
      made.delete(key)
    }
    const own = new Set(made.keys())
    for (const pair of pairsOf(search)) {
      const before = nameOf(pair)
      if (removed.has(before)) continue
      const key = rename?.get(before)
      const now = key ?? before
      if (own.has(now)) put(now)
      else pairs.push(key === undefined ? pair : escaped(key) + valueOf(pair))
    }
    pairs.push(...made.values())
    return pairs.length === 0 ? "" : `?${pairs.join("&")}`
  }
}

/** Takes a parameter out of a query: what it was, and what is left. */
export function taken(search: string, name: string): { values: string[]; left: string } {
  if (search === "") return { values: [], left: "" }
  const pairs = pairsOf(search)
  const left = pairs.filter((pair) => nameOf(pair) !== name)
  if (left.length === pairs.length) return { values: [], left: search }
  return { values: new URLSearchParams(search).getAll(name), left: left.length === 0 ? "" : `?${left.join("&")}` }
}

const pairsOf = (search: string): string[] =>
  search
    .slice(1)
    .split("&")
    .filter((pair) => pair !== "")

// Read as those who read queries do: "+" is a space, and what is no escape stands for itself.
const nameOf = (pair: string): string => [...new URLSearchParams(`&${pair}`).keys()][0] ?? ""

const valueOf = (pair: string): string => {
  const equals = pair.indexOf("=")
  return equals < 0 ? "" : pair.slice(equals)
}

const escaped = (content: string): string => encodeURIComponent(content.toWellFormed())
