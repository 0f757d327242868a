import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"

import { isObject } from "../../core/schema.ts"

/** Where the gateway of a config runs, for commands in another terminal: ports may have moved, or be any. */
export interface RunningGateway {
  readonly pid: number
  /** The config that it serves. */
  readonly config: string
  /** Where its admin listener is. */
  readonly admin: string
}

const fileOf = (config: string): string => join(dirname(config), ".bellhop", "running.json")

/** Says where a gateway runs, until it ends. */
export function tellRunning(running: RunningGateway): void {
  const file = fileOf(running.config)
  try {
    mkdirSync(dirname(file), { recursive: true })
    // Nobody may read half of it.
    writeFileSync(`${file}.new`, `${JSON.stringify(running)}\n`)
    renameSync(`${file}.new`, file)
  } catch {
    // A folder that cannot be written to: commands find the gateway by its config.
  }
}

/** Takes back what was said, unless another gateway has spoken since. */
export function untellRunning(config: string): void {
  if (read(config)?.pid === process.pid) rmSync(fileOf(config), { force: true })
}

/** Where the gateway of a config runs; undefined where none is known to. */
export function findRunning(config: string): RunningGateway | undefined {
  const running = read(config)
  return running && running.config === config && isAlive(running.pid) ? running : undefined
}

function read(config: string): RunningGateway | undefined {
  try {
    const { pid, config: of, admin } = asObject(JSON.parse(readFileSync(fileOf(config), "utf8")))
    if (typeof pid !== "number" || typeof of !== "string" || typeof admin !== "string") return undefined
    return { pid, config: of, admin }
  } catch {
    return undefined
  }
}

const asObject = (value: unknown): Record<string, unknown> => (isObject(value) ? value : {})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // It is there, and somebody else's.
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
}
