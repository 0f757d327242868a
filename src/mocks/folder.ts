import { readdirSync, realpathSync, type Stats, statSync } from "node:fs"
import { join } from "node:path"

import { isIgnoredFolder, type MockName, parseMockName } from "./file-name.ts"
import type { MockProblem, MockTools } from "./format.ts"
import { loadMock, type MockCache } from "./load.ts"
import { patternShape } from "./segments.ts"
import { type Mock, type MockTable, mockTable } from "./table.ts"

export type { MockCache } from "./load.ts"
export type { MockTable } from "./table.ts"

/** Everything that a `mocks` folder holds. */
export interface MockFolder {
  readonly services: ReadonlyMap<string, MockTable>
  /** The mock files on disk, in order. */
  readonly files: string[]
  readonly problems: MockProblem[]
}

/** Reads a `mocks` folder, of which only the files that changed are opened; a folder that is not there is empty. */
export async function readMocks(root: string, tools: MockTools & { cache: MockCache }): Promise<MockFolder> {
  const problems: MockProblem[] = []
  const found = walk(root, problems)
  for (const path of tools.cache.keys())
    if (path.startsWith(join(root, "/")) && !found.has(path)) tools.cache.delete(path)

  const named: (MockName & { path: string; file: string; stats: Stats })[] = []
  const taken = new Map<string, string>()
  for (const [path, { file, stats }] of found) {
    const name = parseMockName(file)
    if (!name) continue
    if ("message" in name) {
      problems.push({ code: "E601", file: path, ...name })
      continue
    }
    named.push({ ...name, path, file, stats })
    const answers = `${name.method} ${name.service} ${patternShape(name.segments)} ${name.variant}`
    const other = taken.get(answers)
    if (other === undefined) taken.set(answers, file)
    else problems.push(clash(path, file, other))
  }

  const services = new Map<string, Mock[]>()
  const answers = await Promise.all(named.map((mock) => loadMock({ ...mock, name: `mocks/${mock.file}` }, tools)))
  for (const [index, { service, method, segments, variant, status, file }] of named.entries()) {
    const answer = answers[index]
    if (!answer) continue
    if ("code" in answer) {
      problems.push(answer)
      continue
    }
    const mocks = services.get(service) ?? []
    mocks.push({ method, segments, variant, status, name: `mocks/${file}`, answer })
    services.set(service, mocks)
  }
  return {
    services: new Map([...services].map(([service, mocks]) => [service, mockTable(service, mocks)])),
    files: named.map((mock) => mock.path),
    problems: problems.toSorted((one, other) => (one.file < other.file ? -1 : one.file > other.file ? 1 : 0)),
  }
}

const clash = (path: string, file: string, other: string): MockProblem => ({
  code: "E603",
  file: path,
  message: `Mocks "mocks/${other}" and "mocks/${file}" answer the same requests.`,
  fix: "Remove one, or make it a variant: name(variant).GET.json answers requests with the header x-bellhop-mock: variant.",
})

type Found = Map<string, { file: string; stats: Stats }>

/** The mock files below a folder with their times and sizes: enough to tell whether anything changed. */
export const mockStats = (root: string): [path: string, stats: Stats][] =>
  [...walk(root, [])].filter(([, { file }]) => parseMockName(file)).map(([path, { stats }]) => [path, stats])

// Not one await for each file: the whole walk of some hundred files is shorter than their promises.
function walk(root: string, problems: MockProblem[]): Found {
  const found: [string, { file: string; stats: Stats }][] = []
  const enter = (folder: string, below: string, links: readonly string[]): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      const file = below + entry.name
      try {
        // A mounted Kubernetes ConfigMap is all links.
        const stats = entry.isDirectory() ? undefined : statSync(path)
        if (!stats || stats.isDirectory()) {
          if (isIgnoredFolder(entry.name)) continue
          const real = stats && realpathSync(path)
          if (real === undefined) enter(path, `${file}/`, links)
          else if (!links.includes(real)) enter(path, `${file}/`, [...links, real])
        } else if (stats.isFile()) found.push([path, { file, stats }])
      } catch (error) {
        if (parseMockName(file)) problems.push(unreadable(path, `mocks/${file}`, error))
      }
    }
  }
  try {
    enter(root, "", [realpathSync(root)])
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ENOENT") problems.push(unreadable(root, "mocks", error))
  }
  return new Map(found.toSorted(([one], [other]) => (one < other ? -1 : 1)))
}

const unreadable = (path: string, name: string, error: unknown): MockProblem => ({
  code: "E602",
  file: path,
  message: `Cannot read "${name}": ${error instanceof Error ? error.message : String(error)}.`,
})
