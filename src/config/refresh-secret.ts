import type { CommandSecret } from "../core/exec.ts"
import type { Log } from "../core/log.ts"

/** Runs the command of a secret again and again, and calls back when it prints something else; gives how to end it. */
export function refreshSecret(secret: CommandSecret, every: number, log: Log, changed: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let ended = false
  let told = false
  const again = async (): Promise<void> => {
    const outcome = await secret.again()
    if (ended) return
    if (typeof outcome === "string" && !told) log.warn(`Cannot renew ${secret.from}: ${outcome}. Its value stays.`)
    told = typeof outcome === "string"
    if (outcome === true) changed()
    wait()
  }
  const wait = (): void => {
    timer = setTimeout(() => void again(), every)
    timer.unref()
  }
  wait()
  return () => {
    ended = true
    clearTimeout(timer)
  }
}
