import { type Mistake, parseSegmentPattern } from "./segment-pattern.ts"

/** A route key taken apart: `"[METHOD[,METHOD]] [host]/path"`. */
export interface RouteKey {
  /** Empty means any. */
  readonly methods: readonly string[]
  readonly host: string | undefined
  readonly pattern: string
  readonly params: readonly string[]
}

const known = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
const methodShape = /^[A-Z][A-Z-]*$/
const hostShape = /^(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/

/** The parts of a route key, or what is wrong with it. */
export function parseRouteKey(key: string): RouteKey | Mistake {
  const [, written, host = "", pattern = ""] = /^(?:([^\s/]+)\s+)?([^\s/]*)(\/\S*)$/.exec(key) ?? []
  if (pattern === "")
    return { wrong: "it has no path", fix: 'Write "METHOD /path", such as "GET /cart"; a path begins with a slash.' }
  const methods = written?.split(",") ?? []
  for (const method of methods) {
    if (methodShape.test(method)) continue
    const upper = method.toUpperCase()
    return {
      wrong: `"${method}" is not a method`,
      fix: known.has(upper) ? `Write "${upper}".` : 'Write methods in capitals, with commas between: "GET,POST /cart".',
    }
  }
  if (host !== "" && !hostShape.test(host))
    return {
      wrong: `"${host}" is not a host name`,
      fix: 'Write a host such as "api.example.com" or "*.example.com", in lower case, without a port.',
    }
  const params: string[] = []
  const segments = pattern.slice(1).split("/")
  for (const [index, segment] of segments.entries()) {
    const last = index === segments.length - 1
    const wrong = wrongSegment(segment, last, params)
    if (wrong) return wrong
    if (segment.startsWith(":")) params.push(parameterOf(segment).name)
    if (segment === "*") params.push("*")
  }
  return { methods, host: host === "" ? undefined : host, pattern, params }
}

/** The name of a parameter and its pattern: `:id`, or `:id(\d+)`. */
export function parameterOf(segment: string): { name: string; pattern: string | undefined } {
  const open = segment.indexOf("(")
  if (open < 0) return { name: segment.slice(1), pattern: undefined }
  return { name: segment.slice(1, open), pattern: segment.slice(open + 1, -1) }
}

function wrongSegment(segment: string, last: boolean, params: readonly string[]): Mistake | undefined {
  if (segment === "" && !last)
    return { wrong: "it has an empty segment", fix: 'Take out the doubled slash: requests to "//" are matched as "/".' }
  if (segment === "." || segment === "..")
    return { wrong: `"${segment}" is not a segment`, fix: "Write the path that is meant." }
  if (/^:\w*\(/.test(segment)) return wrongPattern(segment, params)
  if (!segment.startsWith(":") && segment.includes(":"))
    return {
      wrong: `"${segment}" mixes text and a parameter`,
      fix: 'A parameter is a whole segment: "/users/:id", or "/files/:file(\\\\w+\\\\.json)".',
    }
  if (/[?#\\]/.test(segment))
    return { wrong: "a path ends before its query", fix: "Use when: { query: { … } } to look at the query." }
  if (segment.includes("*") && (segment !== "*" || !last))
    return {
      wrong: '"*" stands for the rest of the path',
      fix: 'Put "*" alone at the end, or use ":name" for one segment.',
    }
  if (segment.startsWith(":")) return wrongName(segment.slice(1), params)
  if (/%(?![0-9A-Fa-f]{2})/.test(segment)) return { wrong: `"${segment}" has a bad escape`, fix: 'Write "%" as "%25".' }
  return undefined
}

function wrongName(name: string, params: readonly string[]): Mistake | undefined {
  if (!/^[A-Za-z_]\w*$/.test(name))
    return { wrong: `":${name}" is not a parameter`, fix: 'Write a name of letters, digits and "_": ":id".' }
  if (params.includes(name))
    return { wrong: `":${name}" is there twice`, fix: "Give each parameter a name of its own." }
  return undefined
}

function wrongPattern(segment: string, params: readonly string[]): Mistake | undefined {
  if (!segment.endsWith(")"))
    return {
      wrong: `"${segment}" does not end with its pattern`,
      fix: 'Close the pattern with ")"; it has no slash, because a segment has none.',
    }
  const { name, pattern = "" } = parameterOf(segment)
  const read = parseSegmentPattern(pattern)
  return wrongName(name, params) ?? ("wrong" in read ? read : undefined)
}
