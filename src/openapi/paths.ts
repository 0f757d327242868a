/** A path of the config in the words of OpenAPI. */
export interface PathTemplate {
  /** `/users/{id}` */
  path: string
  /** Equal for paths that OpenAPI holds to be the same one, whatever their parameters are called. */
  shape: string
  names: string[]
  /** What they have to match, in the same order, as regular expressions; undefined where it is any text. */
  patterns: (string | undefined)[]
  /** The name of the parameter that may contain slashes. */
  rest?: string
}

/** Turns `/users/:id` and `/users/:id(\d+)` into `/users/{id}` and `/files/*` into `/files/{rest}`. */
export function pathTemplate(path: string, params: readonly string[] = []): PathTemplate {
  const known = params.filter((name) => name !== "*")
  const names: string[] = []
  const patterns: PathTemplate["patterns"] = []
  let rest: string | undefined
  const claim = (wanted: string): string => {
    const word = wanted.replace(/[^\w.-]+/g, "_") || "param"
    let name = word
    for (let n = 2; names.includes(name); n += 1) name = `${word}${n}`
    names.push(name)
    return name
  }
  const segments = path.replace(/^\//, "").split("/")
  const written = segments.map((segment) => {
    if (segment === "*") return `{${(rest = claim("rest"))}}`
    const [, param, pattern] = /^:([^(]*)(?:\((.*)\))?$/.exec(segment) ?? []
    if (param !== undefined) {
      patterns[names.length] = pattern?.replace(/\\([^\w^$\\.*+?()[\]{}|/])/g, hexEscape)
      return `{${claim(known[names.length] ?? param)}}`
    }
    return segment.replace(/[{}?#\s]/g, encodeURIComponent)
  })
  return {
    path: `/${written.join("/")}`,
    shape: `/${written.map((segment) => (segment.startsWith("{") ? "{}" : segment)).join("/")}`,
    names,
    patterns,
    ...(rest === undefined ? {} : { rest }),
  }
}

// Readers of JSON Schema know only these escapes of signs that are no syntax.
const hexEscape = (_: string, sign: string): string => `\\x${sign.charCodeAt(0).toString(16)}`

const camel = (text: string): string =>
  text
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("")

/** Names an operation after its method and path, `getUsersById`; a number is added when `taken` has that name already. */
export function operationId(method: string, path: string, taken: Set<string>): string {
  const words = path.split("/").map((segment) => {
    if (!segment.startsWith("{")) return camel(segment)
    const name = segment.slice(1, -1)
    return name === "rest" ? "Rest" : `By${camel(name)}`
  })
  const wanted = method.toLowerCase() + (words.join("") || "Root")
  let id = wanted
  for (let n = 2; taken.has(id); n += 1) id = `${wanted}${n}`
  taken.add(id)
  return id
}

interface Server {
  url: string
  variables?: Record<string, { default: string }>
}

/** The servers of a route that answers on one host only; a pattern such as `*.shop.example` becomes a variable. */
export function hostServers(host: string, servers: readonly string[]): Server[] {
  const variables: [string, { default: string }][] = []
  const name = host
    .split(".")
    .map((label) => {
      if (label !== "*" && !label.startsWith(":")) return label
      const word = label === "*" ? "name" : label.slice(1)
      const variable = variables.some(([taken]) => taken === word) ? `${word}${variables.length + 1}` : word
      variables.push([variable, { default: label === "*" ? "www" : word }])
      return `{${variable}}`
    })
    .join(".")
  // Without a scheme the URL takes the one of the page, RFC 3986 section 4.2.
  const urls = servers.filter((url) => url.includes("://")).map((url) => atHost(url, name))
  return [...new Set(urls.length > 0 ? urls : [`//${name}`])].map((url) =>
    variables.length > 0 ? { url, variables: Object.fromEntries(variables) } : { url },
  )
}

function atHost(url: string, host: string): string {
  const [, scheme = "", port = "", path = ""] =
    /^([a-z][a-z\d+.-]*:\/\/)(?:\[[^\]]*\]|[^:/]*)(:\d+)?(.*)$/i.exec(url) ?? []
  return `${scheme}${host}${host.includes(":") ? "" : port}${path}`
}
