import type { Settings } from "../../config/schema.ts"
import { isObject } from "../../core/schema.ts"
import type { UsageQuery } from "../../observe/usage-query.ts"
import type { UsageSum } from "../../observe/usage-report.ts"

/** A gateway that could not be asked, and what to do about it. */
export class CannotAsk extends Error {}

const elsewhere = 'With store: "sqlite" usage outlives the process, and can be asked for at any time.'

/** Asks the gateway that runs this config for its account. */
export async function askUsage(
  given: string | undefined,
  admin: Settings["admin"],
  { by, since, until }: UsageQuery,
): Promise<UsageSum[]> {
  const url = adminUrl(given, admin)
  url.search = String(
    new URLSearchParams({
      by: by.join(","),
      since: new Date(since).toISOString(),
      until: new Date(until).toISOString(),
    }),
  )
  const token = admin ? admin.token : undefined
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
  let answer: Response
  try {
    answer = await fetch(url, { headers, redirect: "manual", signal: AbortSignal.timeout(10_000) })
  } catch (cause) {
    throw new CannotAsk(
      `Usage lives in the memory of the running gateway, and none answers at ${url.origin}. Start it, or say where it is with --admin URL. ${elsewhere}`,
      { cause },
    )
  }
  const body: unknown = await answer.json().catch(() => undefined)
  if (!isObject(body) || !answer.ok) {
    const detail = isObject(body) && typeof body.detail === "string" ? body.detail : `it answered ${answer.status}.`
    throw new CannotAsk(`The gateway at ${url.origin} does not tell: ${detail}`)
  }
  const sums = Array.isArray(body.usage) ? body.usage.filter(isObject) : []
  return sums.map(({ meters, ...group }) => ({ group, meters }) as UsageSum)
}

function adminUrl(given: string | undefined, admin: Settings["admin"]): URL {
  const lives = "Usage lives in the memory of the running gateway"
  if (given !== undefined) {
    const url = URL.parse("/usage", given)
    if (!url || !/^https?:$/.test(url.protocol))
      throw new CannotAsk(`Cannot read the URL ${JSON.stringify(given)}: write it like "http://127.0.0.1:9900".`)
    return url
  }
  if (admin === false) throw new CannotAsk(`${lives}, and the config has no admin listener to ask. ${elsewhere}`)
  const { host = "127.0.0.1", port = 9900 } = admin ?? {}
  if (port === 0)
    throw new CannotAsk(`${lives}, on a port that the config leaves open: say where with --admin URL. ${elsewhere}`)
  const reachable = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host
  return new URL(`http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}/usage`)
}
