import { isObject, shown } from "../../core/schema.ts"
import { canonicalPath } from "../../http/canonical-path.ts"
import { ascii } from "../path-template.ts"
import type { Outgoing } from "./ask.ts"
import { type Call, isMethod } from "./call.ts"
import { called, type Function, misshapen, type OfParts } from "./called.ts"
import type { PartFailure } from "./failure.ts"
import { pathFill, searchFill } from "./fill.ts"
import type { Frame, Named } from "./frame.ts"
import type { Scope } from "./scope.ts"
import { isClients, type Names, namesOf } from "./source.ts"
import { holesOf, template } from "./template.ts"

/** Makes the request of one call. */
export type MakeRequest = (frame: Frame, scope: Scope) => Outgoing | Promise<Outgoing>

const carriesBody = (method: string): boolean => method !== "GET" && method !== "HEAD"

/** Requests that are a call of the config, its holes filled. */
export function callRequests(
  part: string,
  { method, path, search }: Call,
  names: Names,
  body: { readonly make: OfParts | undefined; readonly needs: readonly Named[]; readonly clients: boolean },
): MakeRequest {
  const known = namesOf(names)
  const pathTemplate = template(path, known)
  const byClient = holesOf(pathTemplate).every(({ source }) => isClients(source))
  const fillPath = pathFill(part, pathTemplate, names)
  const fillSearch = searchFill(part, template(search, known), names)
  // The path of a call without holes is looked at once, and not for each request.
  const fixed = typeof fillPath === "string" ? canonicalPath(fillPath, true) : undefined
  const of: Function = { part, option: "body", needs: body.needs }
  const sendsClients = body.clients && carriesBody(method)

  const requestOf = (frame: Frame, content: string | undefined): Outgoing => ({
    method,
    rawPath: typeof fillPath === "string" ? fillPath : fillPath(frame),
    path: fixed,
    search: typeof fillSearch === "string" ? fillSearch : fillSearch(frame),
    headers: undefined,
    content,
    byClient,
    suffix: frame.at,
  })
  const { make } = body
  if (!make) return (frame) => requestOf(frame, sendsClients ? frame.run.content : undefined)
  return async (frame, scope) => {
    // What is missing in the call is found before a body is made for it.
    const request = requestOf(frame, undefined)
    return { ...request, content: contentOf(of, await called(of, make, frame, scope), frame) }
  }
}

/** Requests that a function of the config makes up. */
export function functionRequests(part: string, make: OfParts, needs: readonly Named[]): MakeRequest {
  const of: Function = { part, option: "request", needs }
  return async (frame, scope) => {
    const made = await called(of, make, frame, scope)
    const wrong = (why: string): PartFailure => misshapen(of, frame, why)
    if (!isObject(made)) throw wrong(`gave ${shown(made)}: it has to give an object such as { path: "/cart" }`)
    const { method = made.body === undefined ? "GET" : "POST", path, query, headers, body, ...others } = made
    const [unknown] = Object.keys(others)
    if (unknown !== undefined) throw wrong(`gave "${unknown}", which is no part of a request`)
    if (!isMethod(method)) throw wrong(`gave the method ${shown(method)}: it has to be one such as "GET"`)
    if (typeof path !== "string" || !/^\/[^\s?#]*$/.test(path))
      throw wrong(`gave the path ${shown(path)}: it has to begin with a slash, and the query goes into "query"`)
    return {
      method,
      rawPath: ascii(path),
      path: undefined,
      search: searchOf(query, wrong),
      headers: headersOf(headers, wrong),
      content: contentOf(of, body, frame),
      byClient: false,
      suffix: frame.at,
    }
  }
}

function contentOf(of: Function, body: unknown, frame: Frame): string | undefined {
  if (body === undefined) return undefined
  let text: string | undefined
  try {
    text = JSON.stringify(body) as string | undefined
  } catch {
    // What has itself inside is no more JSON than a function is.
  }
  if (text === undefined) throw misshapen(of, frame, `gave ${shown(body)}, which is no JSON value`)
  return text
}

function searchOf(query: unknown, wrong: (why: string) => PartFailure): string {
  if (query === undefined) return ""
  if (!isObject(query)) throw wrong(`gave the query ${shown(query)}: it has to be an object`)
  const pairs: string[] = []
  for (const [name, value] of Object.entries(query))
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (one === undefined || one === null) continue
      if (typeof one === "object" || typeof one === "function" || typeof one === "symbol")
        throw wrong(`gave ${shown(one)} in the query: a value is a text, a number, true or false`)
      pairs.push(`${escaped(name)}=${escaped(String(one))}`)
    }
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`
}

const escaped = (text: string): string => encodeURIComponent(text.toWellFormed())

// The gateway frames the request by itself, and takes answers that it can read.
const notForConfig = /^(host|content-length|transfer-encoding|connection|accept-encoding|expect)$/

function headersOf(headers: unknown, wrong: (why: string) => PartFailure): [string, string][] {
  if (headers === undefined) return []
  if (!isObject(headers)) throw wrong(`gave the headers ${shown(headers)}: they have to be an object`)
  return Object.entries(headers).flatMap(([written, value]): [string, string][] => {
    const name = written.toLowerCase()
    if (value === undefined) return []
    if (notForConfig.test(name)) throw wrong(`gave the header "${name}", which the gateway sees to by itself`)
    if (!/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name) || typeof value !== "string" || !sendable.test(value))
      throw wrong(`gave the header "${name}", whose name or value cannot be sent`)
    return [[name, value]]
  })
}

const sendable = /^[\t\x20-\x7e\x80-\xff]*$/
