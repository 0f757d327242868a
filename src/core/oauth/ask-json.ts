import { durationText } from "../units.ts"

/** A question to a server that speaks OAuth: its keys, its description, a token. */
export interface JsonQuestion {
  readonly url: string
  /** Sent as a form; left out: a GET. */
  readonly form?: URLSearchParams
  readonly headers?: Readonly<Record<string, string>>
  /** How long it may take until the answer is whole. */
  readonly timeout: number
  /** How many bytes the answer may have, once it is unpacked. */
  readonly limit: number
}

/** What such a server answered: any status, and its body if that is an object. */
export interface JsonAnswer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/** Asks such a server; fails with a reason for the middle of a sentence when there is no whole answer of JSON. */
export async function askJson({ url, form, headers, timeout, limit }: JsonQuestion): Promise<JsonAnswer> {
  const stop = new AbortController()
  const timer = setTimeout(() => stop.abort(), timeout)
  try {
    const response = await fetch(url, {
      method: form ? "POST" : "GET",
      headers: { accept: "application/json", "user-agent": "bellhop", ...headers },
      ...(form && { body: form }),
      // Where keys and secrets go is said by the config, not by whoever answers there.
      redirect: "manual",
      signal: stop.signal,
    })
    const { status } = response
    if (status >= 300 && status < 400) {
      void response.body?.cancel()
      throw new Error(`it answers with a redirect (${status}), which is not followed: name the URL that it leads to`)
    }
    const bytes = await limited(response.body, limit)
    let body: unknown
    try {
      body = JSON.parse(new TextDecoder().decode(bytes))
    } catch {
      throw new Error(status < 400 ? "its answer is no JSON" : `it answers with ${status}`)
    }
    if (typeof body !== "object" || body === null || Array.isArray(body))
      throw new Error("its answer is no JSON object")
    return { status, body: body as Record<string, unknown> }
  } catch (error) {
    if (stop.signal.aborted) throw new Error(`no answer within ${durationText(timeout)}`, { cause: error })
    throw error instanceof Error && "code" in error ? new Error(words(error), { cause: error }) : error
  } finally {
    clearTimeout(timer)
  }
}

async function limited(body: ReadableStream<Uint8Array> | null, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body ?? []) {
    size += chunk.byteLength
    // Leaving the loop cancels the rest.
    if (size > limit) throw new Error(`its answer is larger than ${limit} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const words = (error: Error & { readonly code?: unknown }): string =>
  error.code === "ConnectionRefused" || error.code === "ECONNREFUSED"
    ? "it cannot be reached"
    : error.code === "ECONNRESET" || error.code === "ConnectionClosed"
      ? "the connection was closed"
      : typeof error.code === "string"
        ? `it cannot be asked (${error.code})`
        : error.message
