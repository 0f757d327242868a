import type { Settings } from "../../config/schema.ts"
import { isObject } from "../../core/schema.ts"
import type { Io } from "../command.ts"
import { configPlace } from "../config-place.ts"
import { exitCodes } from "../exit-codes.ts"
import { withConfig } from "../open-config.ts"
import { style } from "../style.ts"
import { findRunning } from "./running-file.ts"

/** The flag that says where the admin listener is. */
export const admin = {
  type: "string",
  value: "URL",
  about:
    "Where the admin listener of the gateway is, if it is not that of this folder; its token comes from BELLHOP_ADMIN_TOKEN or the config.",
} as const

/** A gateway that cannot be asked, or that refuses; the message says what to do. */
export class CannotReach extends Error {
  /** The status that it refused with; undefined where nobody answered. */
  readonly status: number | undefined

  constructor(message: string, status?: number, cause?: unknown) {
    super(message, { cause })
    this.status = status
  }
}

/** The admin listener of a running gateway. */
export interface AdminDoor {
  readonly url: string
  /** Asks it; fails with `CannotReach` unless it answers with a status below 300. */
  ask(path: string, request?: { method?: string; body?: string; headers?: Record<string, string> }): Promise<Response>
}

/** Does something with the admin listener of the gateway that is meant; where that fails says why, and ends with 1. */
export async function withAdmin(
  io: Io,
  flags: { readonly admin: string | undefined; readonly config: string | undefined },
  work: (door: AdminDoor) => number | Promise<number>,
): Promise<number> {
  try {
    return await work(await doorOf(io, flags))
  } catch (error) {
    if (!(error instanceof CannotReach)) throw error
    io.err(`${style(io.color).red("error")} ${error.message}\n`)
    return exitCodes.failure
  }
}

async function doorOf(
  io: Io,
  flags: { readonly admin: string | undefined; readonly config: string | undefined },
): Promise<AdminDoor> {
  const { file } = configPlace(io.cwd, flags.config)
  const given = flags.admin === undefined ? undefined : readUrl(flags.admin)
  const known = given ?? findRunning(file)?.admin
  let token: string | undefined = io.env.BELLHOP_ADMIN_TOKEN
  // Asked for late: a gateway that needs no token can be asked while its config is broken.
  const settings = (quiet: boolean): Promise<Settings["admin"]> =>
    withConfig(quiet ? { ...io, err: () => undefined } : io, flags.config, undefined, ({ built }) => {
      const found = built.gateway.config.settings.admin
      if (found) token ??= found.token
      return found ?? {}
    }) as Promise<Settings["admin"]>
  const url = known ?? urlOf(await settings(false))

  return { url, ask }

  async function ask(
    path: string,
    { method = "GET", body, headers = {} }: { method?: string; body?: string; headers?: Record<string, string> } = {},
    again = true,
  ): Promise<Response> {
    const sent = token === undefined ? headers : { ...headers, authorization: `Bearer ${token}` }
    let answer: Response
    try {
      answer = await fetch(url + path, {
        method,
        headers: sent,
        redirect: "manual",
        ...(body === undefined ? {} : { body }),
      })
    } catch (cause) {
      throw new CannotReach(
        `No gateway answers at ${url}. Start one with "bellhop dev", or say where it is with --admin URL.`,
        undefined,
        cause,
      )
    }
    if (answer.status < 300) return answer
    if (answer.status === 401 && again && token === undefined) {
      await settings(true)
      if (token !== undefined) return ask(path, { method, headers, ...(body === undefined ? {} : { body }) }, false)
    }
    throw await refusalOf(answer, url)
  }
}

async function refusalOf(answer: Response, url: string): Promise<CannotReach> {
  const body: unknown = await answer.json().catch(() => undefined)
  if (answer.status === 401)
    return new CannotReach(
      `The gateway at ${url} wants its admin token: set BELLHOP_ADMIN_TOKEN, or run this beside its config.`,
      401,
    )
  if (isObject(body) && typeof body.detail === "string") return new CannotReach(body.detail, answer.status)
  const hint = answer.status === 404 ? " Is it another version of bellhop?" : ""
  return new CannotReach(`The gateway at ${url} answered ${answer.status}.${hint}`, answer.status)
}

function readUrl(given: string): string {
  const url = URL.parse(given)
  if (!url || !/^https?:$/.test(url.protocol))
    throw new CannotReach(`Cannot read the URL ${JSON.stringify(given)}: write it like "http://127.0.0.1:9900".`)
  return url.origin
}

function urlOf(settings: Settings["admin"]): string {
  if (settings === undefined) throw new CannotReach("Mend the config, or say where the gateway is with --admin URL.")
  if (settings === false) throw new CannotReach("The config has no admin listener to ask: it says admin: false.")
  const { host = "127.0.0.1", port = 9900 } = settings
  if (port === 0)
    throw new CannotReach(
      'No gateway is known to run here, and the config leaves the port of its admin listener open. Start one with "bellhop dev", or say where it is with --admin URL.',
    )
  const reachable = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host
  return `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}`
}
