import { shown } from "../core/schema.ts"
import { checkedText } from "../core/values.ts"

/** Where an upstream is, as its URL says it: the words are those of a web `URL`. */
export interface BaseUrl {
  readonly protocol: string
  readonly hostname: string
  readonly port: string
  /** The path of a unix socket, in the place of host name and port. */
  readonly unix: string | undefined
  /** What the Host header says, unless somebody knows better. */
  readonly host: string
  /** All but the base path. */
  readonly origin: string
  /** What stands before every path, without a slash at its end. */
  readonly basePath: string
  /** What logs and metrics call it. */
  readonly label: string
}

const socket = /^unix:([^:]*)(?::(.*))?$/is

/** Takes a checked URL apart. */
export function baseUrl(url: string): BaseUrl {
  const [, unix, path = "/"] = socket.exec(url) ?? []
  const { protocol, hostname, port, host, origin, pathname } = new URL(
    unix === undefined ? url : `http://localhost${path}`,
  )
  const basePath = pathname.replace(/\/+$/, "")
  if (unix === undefined) return { protocol, hostname, port, unix, host, origin, basePath, label: origin + basePath }
  const place = `unix:${unix}`
  const label = basePath === "" ? place : `${place}:${basePath}`
  return { protocol, hostname, port, unix, host, origin: place, basePath, label }
}

const expected = 'a URL such as "http://localhost:4001"'

/** The base URL of an upstream: of http or https, or the path of a unix socket. */
export const upstreamUrl = checkedText(expected, (found, isSecret) => {
  const [wrong, fix] = (socket.test(found) ? socketFault(found) : webFault(found, isSecret)) ?? []
  if (wrong === undefined || fix === undefined) return undefined
  return { message: `Expected ${expected}, but ${isSecret ? "it" : shown(found)} ${wrong}.`, fix }
})

type Fault = readonly [wrong: string, fix: string] | undefined

function webFault(found: string, isSecret: boolean): Fault {
  const parsed = URL.parse(found)
  const wrong = !parsed
    ? "is not a URL"
    : !/^https?:$/.test(parsed.protocol)
      ? isSecret
        ? "has another scheme"
        : `has the scheme "${parsed.protocol}"`
      : parsed.username || parsed.password
        ? "carries a user name or password"
        : parsed.search || parsed.hash
          ? "carries a query or a fragment"
          : undefined
  const fix =
    "Give the scheme (http or https), the host, the port if it is not the usual one, and a base path if there is one."
  return wrong === undefined ? undefined : [wrong, fix]
}

// The kernel has room for so many bytes (unix(7): sun_path), less one for the end.
const longest = process.platform === "darwin" ? 103 : 107

function socketFault(found: string): Fault {
  const [, path = "", base] = socket.exec(found) ?? []
  const size = Buffer.byteLength(path)
  if (!/^\/(?!\/).*[^/]$/s.test(path))
    return [
      "names no socket by its whole path",
      'Write the path from the root, such as "unix:/run/cart.sock"; a base path follows a colon: "unix:/run/cart.sock:/base".',
    ]
  // oxlint-disable-next-line no-control-regex
  if (/[\0-\x1f\x7f]/.test(found)) return ["has a control character in it", "Remove it."]
  if (size > longest)
    return [
      `has a path of ${size} bytes, and that of a socket may have ${longest}`,
      "Let the service listen at a shorter path, such as one in /run or /tmp.",
    ]
  if (base !== undefined && !/^\/[^?#]*$/.test(base))
    return [
      "has no base path behind its last colon",
      'Begin it with a slash, "unix:/run/cart.sock:/base", without a query or a fragment; or leave the colon out.',
    ]
  return undefined
}
