/** What calling a part may do: nothing, something at any time, something when it turns out so, something when it is its turn. */
export type Kind = "safe" | "early" | "maybe" | "unsafe"

/** A part as its place among the others depends on it; parts are known by their declared index. */
export interface Node {
  readonly needs: readonly number[]
  readonly kind: Kind
  readonly required: boolean
}

/** When each part may begin. */
export interface Order {
  /** The parts in the order in which their failures count: of two that fail, the first one decides. */
  readonly order: readonly number[]
  /** By part: what has to be there before it begins. */
  readonly waits: readonly (readonly number[])[]
  /** By part: what has to be there before it changes something, where only its own function knows whether it will. */
  readonly holds: readonly (readonly number[])[]
  /** By part: all that has to be there for it, near and far. */
  readonly support: readonly (readonly number[])[]
}

const rank: Readonly<Record<Kind, number>> = { safe: 0, early: 1, maybe: 2, unsafe: 3 }

/**
 * Finds out when parts may begin. Those that change nothing do as soon as their needs are there. Those that change
 * something wait for every required part that changes nothing, unless that waits for them, and take turns: wherever one of
 * them has begun, those before it have. So whichever failure comes first, it can be found out which one counts, and
 * nothing that changes something has to be begun for that.
 */
export function orderOf(nodes: readonly Node[]): Order {
  const needs = nodes.map((_, index) => closure((one) => nodes[one]?.needs ?? [], index))
  const turns = sorted(nodes).filter((index) => isLate(nodes[index]))
  const extra = new Map<number, Set<number>>()
  turns.forEach((index, place) => {
    const after = new Set(turns.slice(place))
    const independent = (other: number): boolean =>
      !after.has(other) && ![...(needs[other] ?? [])].some((need) => after.has(need))
    const found = new Set<number>()
    nodes.forEach(({ kind, required, needs: own }, other) => {
      if (!independent(other)) return
      if (required && (kind === "safe" || kind === "maybe")) found.add(other)
      if (kind === "early") for (const need of own) found.add(need)
    })
    for (const before of turns.slice(0, place)) {
      for (const need of nodes[before]?.needs ?? []) found.add(need)
      for (const other of extra.get(before) ?? []) found.add(other)
    }
    extra.set(index, found)
  })
  const beyond = (index: number): number[] =>
    [...(extra.get(index) ?? [])].filter((one) => !nodes[index]?.needs.includes(one))
  const waits = nodes.map(({ kind, needs: own }, index) => (kind === "unsafe" ? [...own, ...beyond(index)] : [...own]))
  const holds = nodes.map(({ kind }, index) => (kind === "maybe" ? beyond(index) : []))
  const support = nodes.map((_, index) => [...closure((one) => [...(waits[one] ?? []), ...(holds[one] ?? [])], index)])
  const turnOf = (index: number): number =>
    Math.max(turns.indexOf(index), ...[...(needs[index] ?? [])].map((need) => turns.indexOf(need)))
  const order = [...nodes.keys()].toSorted(
    (one, other) =>
      turnOf(one) - turnOf(other) || Number(turns.includes(other)) - Number(turns.includes(one)) || one - other,
  )
  return { order, waits, holds, support }
}

const isLate = (node: Node | undefined): boolean => node?.kind === "maybe" || node?.kind === "unsafe"

function closure(before: (index: number) => readonly number[], index: number, found = new Set<number>()): Set<number> {
  for (const one of before(index)) {
    if (found.has(one)) continue
    found.add(one)
    closure(before, one, found)
  }
  return found
}

/** Each part after its needs; of several that could be next, the harmless one, then the one declared first. */
function sorted(nodes: readonly Node[]): number[] {
  const order: number[] = []
  const left = new Set(nodes.keys())
  const rankOf = (index: number): number => rank[nodes[index]?.kind ?? "safe"]
  while (left.size > 0) {
    const next = [...left]
      .filter((index) => nodes[index]?.needs.every((need) => !left.has(need)))
      .toSorted((one, other) => rankOf(one) - rankOf(other) || one - other)[0]
    // A config with a circle does not come this far.
    if (next === undefined) throw new Error("The parts wait for each other in a circle.")
    order.push(next)
    left.delete(next)
  }
  return order
}
