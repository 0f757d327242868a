import type { Tools } from "../core/part.ts"
import { UsageLedger } from "./usage-ledger.ts"
import type { UsageOptions } from "./usage-options.ts"
import { UsageWebhook } from "./usage-webhook.ts"

/** The account of usage that a config asks for: kept over reloads, so that what is gathered is not lost with a save. */
export function keptUsage(
  options: UsageOptions | undefined,
  /** The store ends with the process, which whoever asks for an account had better know. */
  passing: boolean,
  { keep, store, whenServed, log }: Pick<Tools, "keep" | "store" | "whenServed" | "log">,
): UsageLedger | undefined {
  if (!options) return undefined
  const ledger = keep(
    "usage",
    () => new UsageLedger(store, log),
    (one) => void one.flush(),
  )
  whenServed(() => {
    if (passing) ledger.warnOnce()
    const end = ledger.begin(store, options)
    const told = options.webhook && new UsageWebhook(options.webhook, options.keep, store, log).begin()
    return () => {
      end()
      told?.()
    }
  })
  return ledger
}
