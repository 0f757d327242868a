import { hasFields, put } from "./fields.ts"
import type { Merge } from "./merge-option.ts"

type Fields = Record<string, unknown>

/** What a part gives to a merge, and the name under which it stands if it has no fields. */
export type Given = readonly [name: string, value: unknown]

/**
 * Puts the fields of all values into one object, in the order given: of two fields of the same name the later one counts.
 * Merged deeply, two objects of the same name become one, and two lists follow each other if `arrays` says so. What has
 * no fields stands under its own name. Nothing that is given is changed.
 */
export function mergeAll(given: readonly Given[], how: Merge): Fields {
  const made: Fields = {}
  const join = how === "shallow" ? later : how === "deep" || how.arrays === "replace" ? replacing : concatenating
  for (const [name, value] of given)
    if (hasFields(value)) addFields(made, value, join)
    else putJoined(made, name, value, join)
  return made
}

type Join = (before: unknown, value: unknown) => unknown

const later: Join = (_before, value) => value

const replacing: Join = (before, value) =>
  hasFields(before) && hasFields(value) ? joined(before, value, replacing) : value

const concatenating: Join = (before, value) =>
  hasFields(before) && hasFields(value)
    ? joined(before, value, concatenating)
    : Array.isArray(before) && Array.isArray(value)
      ? [...(before as unknown[]), ...(value as unknown[])]
      : value

function joined(before: Fields, value: Fields, join: Join): Fields {
  const made = { ...before }
  addFields(made, value, join)
  return made
}

function addFields(made: Fields, value: Fields, join: Join): void {
  for (const name of Object.keys(value)) putJoined(made, name, value[name], join)
}

function putJoined(made: Fields, name: string, value: unknown, join: Join): void {
  put(made, name, Object.hasOwn(made, name) ? join(made[name], value) : value)
}
