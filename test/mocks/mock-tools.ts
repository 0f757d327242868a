import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"

import { onTestFinished } from "vitest"

import { Exchange } from "../../src/core/exchange.ts"
import { bytesOf, type Reply } from "../../src/core/reply.ts"
import { canonicalPath } from "../../src/http/canonical-path.ts"
import { HeaderList } from "../../src/http/header-list.ts"

/** A folder with these files in it, gone after the test. */
export function folderOf(files: Record<string, string | Uint8Array>): string {
  const root = mkdtempSync(join(tmpdir(), "bellhop-mocks-"))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  for (const [file, content] of Object.entries(files)) write(root, file, content)
  return root
}

export function write(root: string, file: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(root, file)), { recursive: true })
  writeFileSync(join(root, file), content)
}

/** Imports modules afresh, as a generation of the config does. */
export function freshModules(): (file: string) => Promise<unknown> {
  const graph = new Bun.ModuleGraph()
  onTestFinished(() => graph.dispose())
  return (file) => graph.import(file)
}

export function exchangeOf(
  method: string,
  target: string,
  more: { headers?: Record<string, string>; body?: string } = {},
): Exchange {
  const [rawPath = "", query] = target.split("?")
  const path = canonicalPath(rawPath)
  if (path === undefined) throw new Error(`The path "${rawPath}" would not come through the door.`)
  return new Exchange({
    id: "test",
    method,
    scheme: "http",
    host: "shop.example",
    rawPath,
    path,
    search: query === undefined ? "" : `?${query}`,
    headers: HeaderList.of(more.headers ?? {}),
    client: "127.0.0.1",
    body: more.body === undefined ? null : new Blob([more.body]).stream(),
  })
}

export async function textOf(reply: Reply): Promise<string> {
  return new TextDecoder().decode(await bytesOf(reply.body, 1_000_000))
}
