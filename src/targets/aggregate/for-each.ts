import type { Caller } from "./call-service.ts"
import { called, misshapen } from "./called.ts"
import { undoAll } from "./compensate.ts"
import { failureOf, PartFailure } from "./failure.ts"
import type { Frame, Named } from "./frame.ts"
import type { Outcome } from "./outcome.ts"
import type { Each } from "./part-options.ts"
import { schedule } from "./schedule.ts"
import type { Scope } from "./scope.ts"
import { seen } from "./seen.ts"
import { isClients, type Names, namesOf, reader } from "./source.ts"
import { reference } from "./template.ts"

const standardLimit = 100
const none: readonly number[] = []

/** Calls something for each item of a list, as many at once as the config allows; the value is the list of what came of it. */
export function forEach(
  name: string,
  { items, concurrency, limit = standardLimit, failed }: Each,
  { needs, names, undoable }: { readonly needs: readonly Named[]; readonly names: Names; readonly undoable: boolean },
  once: Caller,
): Caller {
  const listOf = typeof items === "string" ? found(name, items, names) : made(name, items, needs)

  return async (frame, scope) => {
    const list = await listOf(frame, scope)
    if (list.length > limit)
      throw new PartFailure(name, "too_many_items", `has ${list.length} items, and ${limit} are the limit`)
    const { outcomes, failure } = await schedule<Outcome>(
      {
        size: list.length,
        atOnce: concurrency,
        waits: () => none,
        next: () => none,
        holds: () => none,
        support: () => none,
        required: () => failed === "fail",
        undoable: () => undoable,
      },
      (index, own) =>
        each(once, name, { ...frame, item: list[index], index, at: `${frame.at}[${index}]` }, own, failed !== "fail"),
      scope,
    )
    const settled = outcomes.filter((outcome) => outcome !== undefined)
    if (failure) {
      await undoAll(
        settled.flatMap(({ undo }) => undo),
        frame.run,
      )
      throw failure.error
    }
    return together(settled, failed)
  }
}

function each(once: Caller, name: string, frame: Frame, scope: Scope, mayFail: boolean): Promise<Outcome> {
  const work = (): Promise<Outcome> => one(once, name, frame, scope, mayFail)
  return scope.span ? seen(scope.span.child("part", `${name}[${frame.index}]`), scope, work) : work()
}

/** One call, whose failures and deeds have the number of the item in their name. */
async function one(once: Caller, name: string, frame: Frame, scope: Scope, mayFail: boolean): Promise<Outcome> {
  const numbered = (part: string): string => `${name}[${frame.index}]${part.slice(name.length)}`
  try {
    const outcome = await once(frame, scope)
    return outcome.undo.length === 0
      ? outcome
      : { ...outcome, undo: outcome.undo.map((undo) => ({ part: numbered(undo.part), run: undo.run })) }
  } catch (error) {
    const failure = failureOf(name, error)
    const own = failure.as(numbered(failure.part))
    if (!mayFail || scope.reason) throw own
    return { value: null, told: "failed", complete: false, safe: true, heads: [], undo: [], failure: own, took: 0 }
  }
}

function together(outcomes: readonly Outcome[], failed: Each["failed"]): Outcome {
  const told = new Map<string, number>()
  for (const outcome of outcomes) told.set(outcome.told, (told.get(outcome.told) ?? 0) + 1)
  const kept = failed === "drop" ? outcomes.filter((outcome) => outcome.told !== "failed") : outcomes
  return {
    value: kept.map(({ value }) => value),
    told: [...told].map(([word, count]) => `${word}*${count}`).join("+") || "empty",
    complete: outcomes.every(({ complete }) => complete),
    safe: outcomes.every(({ safe }) => safe),
    heads: kept.flatMap(({ heads }) => heads),
    undo: outcomes.flatMap(({ undo }) => undo),
    failure: outcomes.find(({ failure }) => failure)?.failure,
    took: 0,
  }
}

type List = (frame: Frame, scope: Scope) => readonly unknown[] | Promise<readonly unknown[]>

function found(name: string, written: string, names: Names): List {
  const source = reference(written, namesOf(names))
  const read = reader(source, names)
  return (frame) => {
    const list = read(frame)
    if (Array.isArray(list)) return list as unknown[]
    const status = isClients(source) ? 400 : 502
    const isThere = list !== undefined && list !== null
    throw new PartFailure(
      name,
      isThere ? "wrong_type" : "missing_value",
      isThere ? `needs a list in "${written}"` : `needs "${written}", which is not there`,
      { status },
    )
  }
}

function made(name: string, items: Exclude<Each["items"], string>, needs: readonly Named[]): List {
  const of = { part: name, option: "forEach", needs }
  return async (frame, scope) => {
    const list = await called(of, items, frame, scope)
    if (!Array.isArray(list)) throw misshapen(of, frame, "gave no list")
    return list as unknown[]
  }
}
