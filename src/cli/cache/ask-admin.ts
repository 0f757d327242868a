import type { Settings } from "../../config/schema.ts"
import { isObject } from "../../core/schema.ts"

/** A gateway that could not be asked, and what to do about it. */
export class CannotAskAdmin extends Error {}

/** Asks the admin listener of the gateway that runs a config. */
export async function askAdmin(
  given: string | undefined,
  admin: Settings["admin"],
  method: "GET" | "POST",
  target: string,
): Promise<Record<string, unknown>> {
  const base = baseUrl(given, admin)
  const token = admin ? admin.token : undefined
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
  let answer: Response
  try {
    answer = await fetch(new URL(target, base), {
      method,
      headers,
      redirect: "manual",
      signal: AbortSignal.timeout(30_000),
    })
  } catch (cause) {
    throw new CannotAskAdmin(
      `The cache lives in the running gateway, and none answers at ${base.origin}. Start it, or say where it is with --admin URL.`,
      { cause },
    )
  }
  const body: unknown = await answer.json().catch(() => undefined)
  if (isObject(body) && answer.ok) return body
  const detail = isObject(body) && typeof body.detail === "string" ? body.detail : `it answered ${answer.status}.`
  throw new CannotAskAdmin(`The gateway at ${base.origin} refuses: ${detail}`)
}

function baseUrl(given: string | undefined, admin: Settings["admin"]): URL {
  if (given !== undefined) {
    const url = URL.parse(given)
    if (!url || !/^https?:$/.test(url.protocol))
      throw new CannotAskAdmin(`Cannot read the URL ${JSON.stringify(given)}: write it like "http://127.0.0.1:9900".`)
    return url
  }
  if (admin === false) throw new CannotAskAdmin("The config has no admin listener to ask: its cache cannot be reached.")
  const { host = "127.0.0.1", port = 9900 } = admin ?? {}
  if (port === 0)
    throw new CannotAskAdmin("The config leaves the port of its admin listener open: say where it is with --admin URL.")
  const reachable = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host
  return new URL(`http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}`)
}
