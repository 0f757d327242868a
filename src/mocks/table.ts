import type { Exchange } from "../core/exchange.ts"
import { standardVariant } from "./file-name.ts"
import type { MockAnswer } from "./format.ts"
import type { MockRequest } from "./request.ts"
import { type MockSegment, paramsOf, pathSegments, patternText } from "./segments.ts"

/** One mock file, ready to answer. */
export interface Mock {
  readonly method: string
  readonly segments: readonly MockSegment[]
  readonly variant: string
  /** The status in the file name. */
  readonly status: number | undefined
  /** The file as answers name it: `mocks/cart/cart.GET.json`. */
  readonly name: string
  readonly answer: MockAnswer
}

/** One mock as lists, the dashboard and the OpenAPI document show it. */
export interface ListedMock {
  /** A method, or `ANY`. */
  method: string
  /** In the words of a route key: `/users/:id`, `/files/*`. */
  path: string
  status: number
  variant: string
  /** Below `mocks/`: `cart/cart.GET.json`. */
  file: string
  /** Of the body, unless a function decides. */
  type?: string
  /** The value in the body, where it is JSON. */
  sample?: unknown
}

/** The mocks of one service. */
export interface MockTable {
  readonly service: string
  list(): ListedMock[]
  /** The mock that answers an exchange. */
  find(exchange: Exchange): { mock: Mock; params: MockRequest["params"] } | undefined
  /** What answers on the same path after all: other methods, or variants for the method that was asked. */
  near(exchange: Exchange): { methods: readonly string[]; variants: readonly string[] }
}

// By method, then by variant.
type Leaf = Map<string, Map<string, Mock>>

interface Node {
  texts: Map<string, Node>
  param: Node | undefined
  rest: Leaf | undefined
  leaf: Leaf | undefined
}

const node = (): Node => ({ texts: new Map(), param: undefined, rest: undefined, leaf: undefined })

/** Finds mocks by path: what a name spells out goes before `[param]`, and that before `[...rest]`. */
export function mockTable(service: string, mocks: readonly Mock[]): MockTable {
  const root = node()
  for (const mock of mocks) add(root, mock)
  return {
    service,
    list: () => mocks.map(listed),
    find(exchange) {
      const path = pathSegments(exchange.path)
      if (!path) return undefined
      const wanted = wantedVariants(exchange)
      for (const leaf of leaves(root, path, 0))
        for (const method of answering(exchange.method)) {
          const variants = leaf.get(method)
          const mock = variants && pick(variants, wanted)
          if (mock) return { mock, params: paramsOf(mock.segments, path) }
        }
      return undefined
    },
    near(exchange) {
      const methods = new Set<string>()
      const variants = new Set<string>()
      const asked = answering(exchange.method)
      for (const leaf of leaves(root, pathSegments(exchange.path) ?? [], 0))
        for (const [method, found] of leaf) {
          if (method !== "ANY") methods.add(method)
          if (method === "GET") methods.add("HEAD")
          if (asked.includes(method)) for (const variant of found.keys()) variants.add(variant)
        }
      return { methods: [...methods].toSorted(), variants: [...variants] }
    },
  }
}

function add(root: Node, mock: Mock): void {
  let at = root
  let leaf: Leaf | undefined
  for (const segment of mock.segments) {
    if ("rest" in segment) leaf = at.rest ??= new Map()
    else if ("param" in segment) at = at.param ??= node()
    else {
      const next = at.texts.get(segment.text) ?? node()
      at.texts.set(segment.text, next)
      at = next
    }
  }
  leaf ??= at.leaf ??= new Map()
  const variants = leaf.get(mock.method) ?? new Map<string, Mock>()
  leaf.set(mock.method, variants.set(mock.variant, mock))
}

/** Every place that a path leads to, the closest first. */
function* leaves(at: Node, path: readonly string[], depth: number): Generator<Leaf> {
  const segment = path[depth]
  if (segment === undefined) {
    if (at.leaf) yield at.leaf
  } else {
    const next = at.texts.get(segment)
    if (next) yield* leaves(next, path, depth + 1)
    if (at.param) yield* leaves(at.param, path, depth + 1)
  }
  if (at.rest) yield at.rest
}

// A list, because a client that repeats a header means both, and one call may reach several services.
const wantedVariants = (exchange: Exchange): string[] =>
  exchange.headers.all("x-bellhop-mock").flatMap((line) => line.split(",").map((variant) => variant.trim()))

const answering = (method: string): readonly string[] => (method === "HEAD" ? ["HEAD", "GET", "ANY"] : [method, "ANY"])

function pick(variants: ReadonlyMap<string, Mock>, wanted: readonly string[]): Mock | undefined {
  for (const variant of wanted) {
    const mock = variants.get(variant)
    if (mock) return mock
  }
  return variants.get(standardVariant)
}

function listed({ method, segments, status, variant, name, answer }: Mock): ListedMock {
  const fixed = "body" in answer ? answer : undefined
  return {
    method,
    path: patternText(segments),
    status: status ?? 200,
    variant,
    file: name.slice("mocks/".length),
    ...(fixed?.type !== undefined && { type: fixed.type }),
    ...(fixed?.sample !== undefined && { sample: fixed.sample }),
  }
}
