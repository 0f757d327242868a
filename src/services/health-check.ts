import { ask, reasonOf } from "./ask.ts"
import type { HealthOptions } from "./health-options.ts"
import type { Upstream } from "./upstream.ts"

/** Asks an upstream how it does: why it is not well, or undefined when it is. */
export async function checkHealth(
  { address, http2, host, basePath }: Upstream,
  { path, method, headers, timeout, status: wanted }: HealthOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  const given = new Map([...(headers ?? [])].map(([name, value]) => [name.toLowerCase(), value]))
  try {
    const { status } = await ask(
      { address, protocol: http2 ? "http2" : "http1", host, method, target: basePath + path, headers: given, timeout },
      signal,
    )
    return wanted.some(([first, last]) => first <= status && status <= last) ? undefined : `status ${status}`
  } catch (error) {
    return reasonOf(error)
  }
}
