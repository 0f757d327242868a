import type { Problem, Schema } from "../../src/core/schema.ts"

/** A value as a schema makes it, with everything that was wrong. */
export function parsed<T>(of: Schema<T>, value: unknown): { value: T; problems: Problem[] } {
  const problems: Problem[] = []
  return { value: of.parse(value, ["here"], (problem) => void problems.push(problem)), problems }
}

/** The problems in short: code, place, and "key" where the key is meant. */
export const places = (problems: readonly Problem[]): string[] =>
  problems.map(({ code, path, on }) => `${code} ${path.join(".")}${on === undefined ? "" : ` ${on}`}`)
