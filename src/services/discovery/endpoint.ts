import { shown } from "../../core/schema.ts"
import { checkedText } from "../../core/values.ts"
import { addressOf } from "../address.ts"
import { type Answer, ask } from "../ask.ts"

const expected = "a URL of http or https without user name, password or fragment"

/** Where a source asks. */
export const endpoint = checkedText(expected, (found, isSecret) => {
  const url = URL.parse(found)
  if (url && /^https?:$/.test(url.protocol) && url.username + url.password + url.hash === "") return undefined
  return {
    message: `Expected ${expected}, got ${isSecret ? "another value" : shown(found)}.`,
    fix: "Put credentials into a header or a token instead.",
  }
})

// A thousand upstreams are not a tenth of it.
const limit = 1024 * 1024

/** Gets what is at a URL. */
export function get(
  url: URL,
  headers: ReadonlyMap<string, string>,
  timeout: number,
  signal: AbortSignal,
): Promise<Answer> {
  const { host, pathname, search } = url
  return ask(
    { address: addressOf(url), host, method: "GET", target: pathname + search, headers, timeout, limit },
    signal,
  )
}

/** The JSON value in an answer of status 200; anything else is a failure. */
export function jsonIn({ status, body }: Answer): unknown {
  if (status !== 200) throw new Error(`status ${status}`)
  try {
    return JSON.parse(new TextDecoder().decode(body))
  } catch {
    throw new Error("its answer is no JSON")
  }
}
