import { readdirSync, statSync } from "node:fs"
import { basename, dirname, extname, join, resolve } from "node:path"

import type { Handler } from "../core/handler.ts"
import { nearest } from "../core/suggest.ts"
import { answerWith, sourceText } from "./answer.ts"
import type { MockProblem, MockTools } from "./format.ts"
import { loadMock, type MockCache } from "./load.ts"
import { missingMock } from "./missing.ts"
import type { MockFunction } from "./request.ts"
import { paramsFrom } from "./segments.ts"
import type { MockTable } from "./table.ts"

/** Answers for a service with its mocks; source tells clients whether that was wanted or the service was down. */
export const mockHandler =
  (table: MockTable | undefined, service: string, source: "mock" | "fallback"): Handler =>
  (exchange) => {
    const found = table?.find(exchange)
    if (!found) throw missingMock(table, service, exchange)
    return answerWith(found.mock, exchange, found.params, sourceText(source, found.mock.name))
  }

/** Answers any method with one file, relative to the config's folder; `mocks/full.507.json` has status 507. */
export async function fileMock(
  file: string,
  tools: MockTools & { root: string; cache?: MockCache },
): Promise<Handler | MockProblem> {
  const path = resolve(tools.root, file)
  const stats = statSync(path, { throwIfNoEntry: false })
  if (!stats?.isFile()) return absent(file, path)
  const code = /\.([2-5]\d\d)\.[^.]+$/.exec(path)?.[1]
  const status = code === undefined ? undefined : Number(code)
  const extension = extname(path).slice(1).toLowerCase()
  const answer = await loadMock({ path, name: file, extension, status, stats }, tools)
  if ("code" in answer) return answer
  const source = sourceText("mock", file)
  const mock = { answer, status, name: file }
  return (exchange) => answerWith(mock, exchange, paramsFrom(exchange.params), source)
}

function absent(file: string, path: string): MockProblem {
  const meant = nearest(basename(path), filesIn(dirname(path)))
  return {
    code: "E605",
    file: path,
    message: `Cannot find mock file "${file}".${meant === undefined ? "" : ` Did you mean "${join(dirname(file), meant)}"?`}`,
    fix: "Create it, or correct the path; it is relative to the folder of the config.",
  }
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name)
  } catch {
    return []
  }
}

/** Answers with a function of the config. */
export function functionMock(run: MockFunction): Handler {
  const mock = { answer: { run }, status: undefined, name: "The mock function of this route" }
  return (exchange) => answerWith(mock, exchange, paramsFrom(exchange.params), "mock; function")
}
