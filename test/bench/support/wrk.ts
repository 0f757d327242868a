import { join } from "node:path"

import type { Stage } from "./stage.ts"

/** What is asked for, by how many at once. */
export interface Load {
  readonly connections: number
  /** Asks for this path, */
  readonly path?: string | undefined
  /** or for the paths in this file, one per line, by turns. */
  readonly paths?: string | undefined
  /** With each token in this file, one per line, by turns. */
  readonly bearers?: string | undefined
  /** Lines that every request has. */
  readonly headers?: readonly string[] | undefined
}

/** What came of it; latencies in milliseconds. */
export interface Outcome {
  readonly requests: number
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
  /** What went wrong, in wrk's words. */
  readonly wrong: string | undefined
}

/** Asks as fast as it gets answers. */
export async function wrk(house: Stage, url: string, load: Load, seconds: number): Promise<Outcome> {
  const { connections, path = "/", paths, bearers, headers = [] } = load
  const list = paths ?? bearers
  const script = paths === undefined ? "bearers.lua" : "paths.lua"
  const byTurns = list === undefined ? [] : ["-s", join(import.meta.dir, script)]
  const lines = headers.flatMap((line) => ["-H", line])
  const options = ["-t1", `-c${connections}`, `-d${seconds}s`, "--latency", ...lines, ...byTurns]
  const program = house.start(["wrk", ...options, url + path, ...(list === undefined ? [] : ["--", list])])
  const text = await new Response(program.stdout).text()
  const requests = Number(/(\d+) requests in/.exec(text)?.[1])
  if (!(requests > 0)) throw new Error(`wrk got no answers from ${url}: ${text}${await program.complaints()}`)
  return {
    requests,
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1]),
    p50: latency(text, 50),
    p99: latency(text, 99),
    wrong: /(?:Socket errors|Non-2xx).*/.exec(text)?.[0],
  }
}

const milliseconds = new Map([
  ["us", 0.001],
  ["ms", 1],
  ["s", 1000],
])

function latency(text: string, percent: number): number {
  const [, value, unit = ""] = new RegExp(`\\s${percent}%\\s+([\\d.]+)(us|ms|s)\\s`).exec(text) ?? []
  return Number(value) * (milliseconds.get(unit) ?? Number.NaN)
}
