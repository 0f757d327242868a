import type { Stats } from "node:fs"

import { nearest } from "../core/suggest.ts"
import { type MockAnswer, MockFault, type MockFile, type MockProblem, type MockTools } from "./format.ts"
import { formats } from "./formats/index.ts"

/** Answers of files that have not changed since, by path; kept from one reload to the next. */
export type MockCache = Map<string, { mtimeMs: number; size: number; ino: number; answer: MockAnswer }>

const byExtension = new Map(
  formats.flatMap((format) => format.extensions.map((extension) => [extension, format] as const)),
)

// Statuses that have no body by definition, whatever the file holds.
const bodiless = new Set([204, 205, 304])

/** Makes one file ready to answer, or says what is wrong with it. */
export async function loadMock(
  file: { path: string; name: string; extension: string; status: number | undefined; stats?: Stats },
  tools: MockTools & { cache?: MockCache },
): Promise<MockAnswer | MockProblem> {
  const { path, stats } = file
  const cached = tools.cache?.get(path)
  if (cached && stats && cached.mtimeMs === stats.mtimeMs && cached.size === stats.size && cached.ino === stats.ino)
    return cached.answer
  try {
    const { answer, selfContained } = await load({ ...file, bytes: () => Bun.file(path).bytes() }, file.status, tools)
    if (stats && selfContained) {
      const { mtimeMs, size, ino } = stats
      tools.cache?.set(path, { mtimeMs, size, ino, answer })
    }
    return answer
  } catch (error) {
    if (error instanceof MockFault) return { code: error.code, file: path, message: error.message, ...error.more }
    const reason = error instanceof Error ? error.message : String(error)
    return { code: "E602", file: path, message: `Cannot read mock "${file.name}": ${reason}.` }
  }
}

async function load(
  file: MockFile,
  status: number | undefined,
  tools: MockTools,
): Promise<{ answer: MockAnswer; selfContained: boolean }> {
  const format = byExtension.get(file.extension)
  if (!format) {
    const meant = nearest(file.extension, byExtension.keys())
    throw new MockFault("E601", `Unknown extension ".${file.extension}" in the name of mock "${file.name}".`, {
      fix: meant ? `Write ".${meant}", or ".bin" for any other bytes.` : `Write ".bin" for bytes of any kind.`,
    })
  }
  const { selfContained } = format
  const hasNoBody = status !== undefined && bodiless.has(status)
  if (hasNoBody && isBlank(await file.bytes()))
    return { answer: { type: undefined, body: new Uint8Array() }, selfContained: true }
  const answer = await format.load(file, tools)
  if (hasNoBody && "body" in answer)
    throw new MockFault("E602", `Mock "${file.name}" has a body, but an answer of status ${status} has none.`, {
      fix: "Empty the file or change the status in its name.",
    })
  return { answer, selfContained }
}

const isBlank = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d))
