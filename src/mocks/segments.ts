/** One step of the path that a mock answers. */
export type MockSegment = { readonly text: string } | { readonly param: string } | { readonly rest: string }

/** A segment without its escapes; left as it is where they mean nothing. */
export function decoded(segment: string): string {
  if (!segment.includes("%")) return segment
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/** The decoded segments of a request's path, a slash at its end left aside; undefined when it is no path. */
export function pathSegments(path: string): string[] | undefined {
  if (!path.startsWith("/")) return undefined
  if (path === "/") return []
  return path
    .slice(1, path.endsWith("/") ? -1 : undefined)
    .split("/")
    .map(decoded)
}

/** A pattern in the words of a route key: `/users/:id`, `/files/*`. */
export const patternText = (segments: readonly MockSegment[]): string =>
  `/${segments.map((segment) => ("text" in segment ? escaped(segment.text) : "param" in segment ? `:${segment.param}` : "*")).join("/")}`

/** What two patterns have in common when they match the same paths, whatever their parameters are called. */
export const patternShape = (segments: readonly MockSegment[]): string =>
  `/${segments.map((segment) => ("text" in segment ? escaped(segment.text) : "param" in segment ? ":" : "*")).join("/")}`

// `*` is the one letter of the pattern language that encodeURIComponent lets through.
const escaped = (text: string): string => encodeURIComponent(text.toWellFormed()).replaceAll("*", "%2A")

type Found = { readonly [name: string]: string }

/** What the parameters of a pattern stand for in a path that it matches. */
export function paramsOf(pattern: readonly MockSegment[], path: readonly string[]): Found {
  const params = bare()
  for (const [index, segment] of pattern.entries())
    if ("param" in segment) params[segment.param] = path[index] ?? ""
    else if ("rest" in segment) params[segment.rest] = path.slice(index).join("/")
  return params
}

/** The parameters of a route, as a mock reads them. */
export function paramsFrom(found: ReadonlyMap<string, string>): Found {
  const params = bare()
  for (const [name, value] of found) params[name] = decoded(value)
  return params
}

// Without a prototype, a parameter called `constructor` that is absent is undefined.
const bare = (): Record<string, string> => Object.create(null) as Record<string, string>
