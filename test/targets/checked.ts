import type { Handler } from "../../src/core/handler.ts"
import type { Known, Part, Tools } from "../../src/core/part.ts"
import type { Problem } from "../../src/core/schema.ts"

/** The problems that a target finds in options as a config writes them. */
export function problemsOf<T>(
  part: Part<string, T, Handler>,
  given: object,
  known: { services?: string[]; params?: string[]; routes?: Record<string, string> } = {},
): Problem[] {
  const problems: Problem[] = []
  const report = (problem: Problem): void => void problems.push(problem)
  const options = part.options.parse(given, ["route"], report)
  const names: Known = {
    services: new Set(known.services),
    params: new Set(known.params),
    routes: new Map(Object.entries(known.routes ?? {}).map(([key, target]) => [key, new Set([target])])),
    plans: new Map(),
    usage: false,
  }
  if (problems.length === 0) part.check?.(options, names, ["route"], report)
  return problems
}

/** A target built out of options as a config writes them, which have to be right. */
export function built<T>(part: Part<string, T, Handler>, given: object, tools: Tools): Handler {
  const problems: string[] = []
  const options = part.options.parse(given, [], ({ message }) => void problems.push(message))
  if (problems.length > 0) throw new Error(problems.join(" "))
  return part.create(options, tools)
}
