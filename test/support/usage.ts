import { executable } from "./executable.ts"

/** One line of a usage report. */
export interface UsageLine {
  readonly meters: Readonly<Record<string, number>>
  readonly [group: string]: unknown
}

/** Runs `bellhop usage` in the folder of a config. */
export async function bellhopUsage(
  cwd: string,
  ...args: string[]
): Promise<{ code: number; out: string; err: string }> {
  const child = Bun.spawn([executable, "usage", ...args], {
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  })
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  return { code: await child.exited, out, err }
}

/** The lines that `bellhop usage` tells programs. */
export async function usageLines(cwd: string, by: string): Promise<readonly UsageLine[]> {
  const { code, out, err } = await bellhopUsage(cwd, "--json", "--by", by)
  if (code !== 0) throw new Error(`bellhop usage ended with ${code}: ${err}`)
  return (JSON.parse(out) as { usage: UsageLine[] }).usage
}

/** How many requests the account has, of everybody. */
export const requestsIn = (lines: readonly UsageLine[]): number =>
  lines.reduce((sum, { meters }) => sum + (meters["requests"] ?? 0), 0)

/** Asks a gateway from several connections until it is gone, or there is enough. */
export function load(url: string, { clients = 16, enough = Number.POSITIVE_INFINITY } = {}) {
  /** When each answer had come whole. */
  const served: number[] = []
  let left = enough
  async function client(): Promise<void> {
    while (left-- > 0) {
      try {
        const response = await fetch(`${url}/x`)
        await response.text()
        if (response.status === 200) served.push(performance.now())
      } catch {
        return
      }
    }
  }
  /** Settles when the gateway is gone, or all is answered. */
  const done = Promise.all(Array.from({ length: clients }, client))
  return { served, done }
}
