import { join, resolve } from "node:path"

import type { Config } from "../config/check.ts"
import type { Issue } from "../config/issue.ts"
import type { Handler } from "../core/handler.ts"
import type { Keep } from "../core/kept.ts"
import type { Problem } from "../core/schema.ts"
import { nearest } from "../core/suggest.ts"
import { type MockCache, type MockTable, readMocks } from "../mocks/folder.ts"
import { fileMock, functionMock, mockHandler } from "../mocks/handler.ts"
import type { MockFunction } from "../mocks/request.ts"

/** The mocks of a config, loaded. */
export interface Mocks {
  readonly issues: readonly (Issue | Problem)[]
  readonly services: ReadonlyMap<string, MockTable>
  /** Every mock file, those that routes name among them. */
  readonly files: readonly string[]
  handler(service: string, source: "mock" | "fallback"): Handler
  /** The mock that a route names: a file, or a function. */
  mock(given: string | ((request: never) => unknown)): Handler
}

/** Loads mocks/ and the mock files that routes name. */
export async function gatherMocks(
  config: Config,
  root: string,
  tools: { keep: Keep; importModule(file: string): Promise<unknown> },
): Promise<Mocks> {
  const cache = tools.keep<MockCache>("mock files", () => new Map())
  const {
    services,
    problems,
    files: found,
  } = await readMocks(join(root, "mocks"), { importModule: tools.importModule, cache })
  const issues: (Issue | Problem)[] = problems.map(issueOf)
  for (const name of services.keys()) {
    if (config.services.has(name)) continue
    const meant = nearest(name, config.services.keys())
    issues.push({
      code: "E604",
      severity: "warning",
      message: `The mocks in "mocks/${name}" belong to no service.${meant ? ` Did you mean "mocks/${meant}"?` : ""}`,
      fix: "Name the folder after a service, or remove it.",
    })
  }
  const files = new Map<string, Handler>()
  const named = new Set<string>()
  for (const { choices } of config.routes)
    for (const { target, path } of choices)
      for (const { file, path: below } of target.part.mockFiles?.(target.options) ?? []) {
        if (files.has(file)) continue
        named.add(resolve(root, file))
        const made = await fileMock(file, { root, importModule: tools.importModule, cache })
        if (typeof made === "function") files.set(file, made)
        else if (made.code === "E605")
          issues.push({ code: made.code, path: [...path, ...below], message: made.message, fix: made.fix })
        else issues.push(issueOf(made))
      }
  return {
    issues,
    services,
    files: [...found, ...named],
    handler: (service, source) => mockHandler(services.get(service), service, source),
    mock(given) {
      if (typeof given === "function") return functionMock(given as MockFunction)
      const found = files.get(given)
      if (!found) throw new Error(`Mock file "${given}" was not loaded.`)
      return found
    },
  }
}

const issueOf = (problem: {
  code: Issue["code"]
  file: string
  message: string
  fix?: string | undefined
  line?: number | undefined
  column?: number | undefined
}): Issue => ({
  code: problem.code,
  severity: "error",
  message: problem.message,
  fix: problem.fix,
  place: { file: problem.file, line: problem.line ?? 1, column: problem.column ?? 1, length: 1 },
})
