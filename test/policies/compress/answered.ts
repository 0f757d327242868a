import { expect } from "vitest"

import type { Reply, ReplyBody } from "../../../src/core/reply.ts"
import type { Problem } from "../../../src/core/schema.ts"
import { decoded } from "../../../src/http/content-coding.ts"
import { HeaderList } from "../../../src/http/header-list.ts"
import { compress } from "../../../src/policies/compress.ts"
import { type Asked, exchange, textOf, tools } from "../../support/exchange.ts"

/** A body that is worth it. */
export const json = JSON.stringify(
  Array.from({ length: 200 }, (_, id) => ({ id, name: `item ${id}`, price: id * 1.25 })),
)

/** The policy with options as a user writes them. */
export const policyOf = (written: unknown) => {
  const problems: Problem[] = []
  const options = compress.options.parse(written, [], (problem) => void problems.push(problem))
  expect(problems).toEqual([])
  return compress.create(options, tools())
}

/** What a test says about an answer; the rest is ordinary JSON. */
export interface Answered extends Omit<Partial<Reply>, "headers"> {
  headers?: Readonly<Record<string, string>>
}

/** What becomes of an answer, for a client that takes gzip unless it says otherwise. */
export async function answered(
  answer: Answered,
  asked: Asked | string = "gzip",
  written: unknown = true,
): Promise<Reply> {
  const request = typeof asked === "string" ? { headers: { "accept-encoding": asked } } : asked
  const { headers = {}, ...rest } = answer
  return policyOf(written)(() => ({
    status: 200,
    body: json,
    ...rest,
    headers: HeaderList.of({ "content-type": "application/json", ...headers }),
  }))(exchange(request))
}

/** A client that takes gzip, and one that asks for the head only. */
export const gzip = { headers: { "accept-encoding": "gzip" } }
export const head = { method: "HEAD", ...gzip }

/** The content of an answer, whatever coding it is in. */
export const plainOf = async ({ body, headers }: Reply): Promise<string> =>
  typeof body === "string" || body === null
    ? textOf(body)
    : textOf(Buffer.from(await decoded(body, headers.get("content-encoding"), 1e8)) as ReplyBody)

/** The coding that an answer gets. */
export const codingOf = async (...given: Parameters<typeof answered>): Promise<string | undefined> =>
  (await answered(...given)).headers.get("content-encoding")
