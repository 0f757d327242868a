import type { Exchange } from "../../core/exchange.ts"
import { type CacheControl, readCacheControl, silent } from "../../http/cache-control.ts"

/** What a request says that a cache has to know. */
export interface Asked {
  control: CacheControl
  ifNoneMatch: string | undefined
  ifModifiedSince: string | undefined
  range: string | undefined
  ifRange: string | undefined
  /** It has credentials of some kind, or cookies. */
  credentials: boolean
  authorization: boolean
  /** It has conditions that only the service can judge. */
  demands: boolean
}

/** Reads a request once. */
export function asked({ headers }: Exchange): Asked {
  const found: Asked = {
    control: silent,
    ifNoneMatch: undefined,
    ifModifiedSince: undefined,
    range: undefined,
    ifRange: undefined,
    credentials: false,
    authorization: false,
    demands: false,
  }
  const { lines } = headers
  let control: string | undefined
  let pragma = false
  for (let at = 0; at < lines.length; at += 2) {
    const value = lines[at + 1] as string
    switch (lines[at]) {
      case "cache-control":
        control = control === undefined ? value : `${control},${value}`
        break
      case "pragma":
        pragma = /(?:^|,)[ \t]*no-cache[ \t]*(?:$|,)/i.test(value)
        break
      case "if-none-match":
        found.ifNoneMatch = found.ifNoneMatch === undefined ? value : `${found.ifNoneMatch}, ${value}`
        break
      case "if-modified-since":
        found.ifModifiedSince = value
        break
      case "range":
        found.range = value
        break
      case "if-range":
        found.ifRange = value
        break
      case "if-match":
      case "if-unmodified-since":
        found.demands = true
        break
      case "authorization":
        found.authorization = true
        found.credentials = true
        break
      case "cookie":
      case "x-api-key":
        found.credentials = true
        break
    }
  }
  // RFC 9111 section 5.4: old clients say it so.
  if (control !== undefined) found.control = readCacheControl(control)
  else if (pragma) found.control = noCache
  return found
}

const noCache: CacheControl = { ...silent, noCache: true }
