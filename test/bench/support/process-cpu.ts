import { readdirSync, readFileSync } from "node:fs"

// Clock ticks of /proc are hundredths of a second on Linux, whatever the kernel's own.
const ticksPerSecond = 100

/** Seconds of processor time that a process and its children have used. */
export function cpuSeconds(pid: number): number {
  const [, rest = ""] = /^\d+ \(.*\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? []
  const fields = rest.split(" ")
  const own = (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
  return childrenOf(pid).reduce((sum, child) => sum + cpuSeconds(child), own)
}

/** The processes that a process started and that still run. */
export const childrenOf = (pid: number): number[] =>
  readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean).map(Number),
  )

/** A figure of /proc/<pid>/status in kilobytes: VmRSS, VmHWM. */
export const memory = (pid: number, name: "VmRSS" | "VmHWM"): number =>
  Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1])
