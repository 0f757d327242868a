import { promisify } from "node:util"
import { gzip } from "node:zlib"

import type { OtlpOptions } from "./options.ts"

/** What became of a request: taken, with so many of what was in it refused, or not taken at all. */
export type Delivered =
  { readonly taken: true; readonly answer: Uint8Array } | { readonly taken: false; readonly why: string }

const compressed = promisify(gzip)

// As the protocol has it: everything else would be answered the same a second time.
const passing: ReadonlySet<number> = new Set([429, 502, 503, 504])

const mostTries = 6
const longestWait = 60_000

/** Posts what is gathered to a receiver, and again after what may be over in a moment, until `hurry` says that there is no time. */
export async function deliver(
  body: Uint8Array,
  path: string,
  { url, format, headers, compress, timeout }: OtlpOptions,
  hurry: AbortSignal,
): Promise<Delivered> {
  const packed = compress ? await compressed(body) : body
  const request = {
    method: "POST",
    body: new Uint8Array(packed),
    headers: {
      ...Object.fromEntries(headers ?? []),
      "content-type": format === "json" ? "application/json" : "application/x-protobuf",
      ...(compress ? { "content-encoding": "gzip" } : {}),
      "user-agent": "bellhop",
    },
    redirect: "manual" as const,
  }
  for (let tries = 1; ; tries++) {
    const one = await post(url.replace(/\/$/, "") + path, request, timeout)
    if ("answer" in one) return { taken: true, answer: one.answer }
    const wait = one.wait ?? Math.random() * Math.min(longestWait, 1000 * 2 ** tries)
    if (!one.again || tries === mostTries || wait > longestWait || hurry.aborted) return { taken: false, why: one.why }
    await pause(wait, hurry)
  }
}

type Try =
  { readonly answer: Uint8Array } | { readonly why: string; readonly again: boolean; readonly wait: number | undefined }

async function post(url: string, request: RequestInit, timeout: number): Promise<Try> {
  try {
    const answer = await fetch(url, { ...request, signal: AbortSignal.timeout(timeout) })
    const bytes = await answer.bytes()
    if (answer.ok) return { answer: bytes }
    return {
      why: `it answered ${answer.status}`,
      again: passing.has(answer.status),
      wait: waitOf(answer.headers.get("retry-after")),
    }
  } catch (error) {
    const why =
      error instanceof Error && error.name === "TimeoutError" ? "it did not answer in time" : "it cannot be reached"
    return { why, again: true, wait: undefined }
  }
}

function waitOf(retryAfter: string | null): number | undefined {
  if (retryAfter === null) return undefined
  const length = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - Date.now()
  return Number.isNaN(length) ? undefined : Math.max(0, length)
}

function pause(length: number, hurry: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      hurry.removeEventListener("abort", done)
      resolve()
    }
    const timer = setTimeout(done, length)
    hurry.addEventListener("abort", done)
  })
}
