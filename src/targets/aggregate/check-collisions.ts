import type { Path, Report } from "../../core/schema.ts"
import { hasFields } from "./fields.ts"
import type { Merge } from "./merge-option.ts"
import type { Part } from "./part-options.ts"

interface Owner {
  readonly part: string
  /** Below the aggregate. */
  readonly below: Path
  readonly schema: unknown
}

/** Warns of fields that two parts have by their schemas, one of which would be lost in a merge. */
export function checkCollisions(parts: ReadonlyMap<string, Part>, merge: Merge, path: Path, report: Report): void {
  const owners = new Map<string, Owner>()
  for (const [name, part] of parts) {
    // What is shaped has other fields than the schema says.
    if (!part?.schema || part.as === false || part.forEach || part.pick || part.omit || part.rename || part.map)
      continue
    const { json } = part.schema
    const own = fieldsOf(json)
    if (own)
      collide(own, { part: name, below: ["aggregate", name, "schema"], schema: json }, [], owners, merge, (problem) =>
        report({ ...problem, path: [...path, ...problem.path] }),
      )
  }
}

function collide(
  fields: Readonly<Record<string, unknown>>,
  { part, below }: Owner,
  above: readonly string[],
  owners: Map<string, Owner>,
  merge: Merge,
  report: Report,
): void {
  for (const [name, schema] of Object.entries(fields)) {
    const field = [...above, name]
    const at = [...below, "properties", name]
    const key = JSON.stringify(field)
    const owner = owners.get(key)
    const own: Owner = { part, below: at, schema }
    if (!owner) owners.set(key, own)
    else if (!isJoined(owner.schema, schema, merge))
      report({
        code: "E308",
        path: at,
        on: "key",
        message: `The field "${field.join(".")}" of part "${part}" takes the place of that of part "${owner.part}" (${owner.below.join(".")}).`,
        fix: "Rename one of them, leave one out with omit, or merge deeply.",
      })
    const inner = merge === "shallow" ? undefined : fieldsOf(schema)
    if (inner) collide(inner, own, field, owners, merge, report)
  }
}

/** Whether a merge keeps both values: two objects, or two lists that follow each other. */
function isJoined(one: unknown, other: unknown, merge: Merge): boolean {
  if (merge === "shallow") return false
  if (isOf("object", one) && isOf("object", other)) return true
  return typeof merge === "object" && merge.arrays === "concat" && isOf("array", one) && isOf("array", other)
}

const isOf = (type: string, schema: unknown): boolean => hasFields(schema) && schema.type === type

const fieldsOf = (schema: unknown): Record<string, unknown> | undefined =>
  hasFields(schema) && hasFields(schema.properties) ? schema.properties : undefined
