import { set } from "./assign.ts"
import { omit, pick } from "./keep.ts"
import type { MapFunction, ReshapeOptions, TransformRequest } from "./options.ts"
import { flatten, group, rename } from "./rearrange.ts"
import type { Given } from "./template.ts"

/** Makes something else of the value in a body; that a promise, where a function of the config gives one. */
export type Reshape = (value: unknown, given: Given, status: number) => unknown

type Step = (value: unknown) => unknown

/** What the options say is done to a value, in their order; undefined when that is nothing. */
export function reshaping(options: ReshapeOptions): Reshape | undefined {
  const { map } = options
  const steps = stepsOf(options)
  if (steps.length === 0 && !map) return undefined
  return (value, given, status) => {
    // All of them begin with the body as it came, because that is what placeholders stand for.
    const begun = steps.map((step) => step({ ...given, body: value }))
    const reshaped = begun.reduce((before, step) => step(before), value)
    return map ? mapped(map, reshaped, given, status) : reshaped
  }
}

function stepsOf(options: ReshapeOptions): ((given: Given) => Step)[] {
  const steps: ((given: Given) => Step)[] = []
  const always = (step: Step): void => void steps.push(() => step)
  if (options.pick) always(pick(options.pick))
  if (options.omit) {
    const take = omit(options.omit)
    always((value) => {
      take(value)
      return value
    })
  }
  if (options.rename) always(rename(options.rename))
  if (options.set) steps.push(set(options.set))
  if (options.flatten) always(flatten(options.flatten))
  if (options.group) always(group(options.group))
  return steps
}

function mapped(map: MapFunction, value: unknown, { exchange, search }: Given, status: number): unknown {
  const request: TransformRequest = {
    method: exchange.method,
    path: exchange.path,
    params: exchange.decodedParams(),
    query: new URLSearchParams(search),
    headers: exchange.headers.toWeb(),
  }
  const made = map(value, request, status)
  return made instanceof Promise ? exchange.unlessOver(made).then(something) : something(made)
}

function something(made: unknown): unknown {
  if (made !== undefined) return made
  throw new TypeError('The function "map" of "transform" gave undefined: it has to give the value of the body.')
}
