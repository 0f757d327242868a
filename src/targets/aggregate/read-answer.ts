import { discard } from "../../core/discard.ts"
import { bytesOf, type Reply } from "../../core/reply.ts"
import { isObject } from "../../core/schema.ts"
import { formatOf } from "../../formats/format-of.ts"
import type { HeaderList } from "../../http/header-list.ts"
import { type ErrorAnswer, PartFailure } from "./failure.ts"
import { readValue } from "./read-value.ts"

/** What a service answered: the value, and what it was read from. */
export interface Answered {
  readonly value: unknown
  readonly status: number
  readonly headers: HeaderList
  readonly bytes: Uint8Array
}

const utf8 = new TextDecoder()

const answerLimit = 10 * 1024 * 1024
// As much as a function that looks at an error can want to know.
const errorLimit = 64 * 1024

// What tells the client how to do better the next time.
const passedOn = ["www-authenticate", "retry-after"]

/** Reads the value that a service answers a part with; anything but a value is a failure of the part. */
export const readAnswer =
  (part: string, looksAtErrors: boolean) =>
  (reply: Reply): Answered | Promise<Answered> => {
    const { status, headers, body } = reply
    if (status >= 300) return failing(refusal(part, reply, looksAtErrors))
    // Most bodies come whole.
    if (body instanceof Uint8Array)
      return valueOf(part, status, headers, body.byteLength > answerLimit ? undefined : body)
    return bytesOf(body, answerLimit).then((bytes) => valueOf(part, status, headers, bytes))
  }

/** Takes any answer that says that it is done; what else it says is not read. */
export const readStatus =
  (part: string) =>
  (reply: Reply): number | Promise<number> => {
    if (reply.status >= 300) return failing(refusal(part, reply, false))
    discard(reply)
    return reply.status
  }

async function failing(failure: PartFailure | Promise<PartFailure>): Promise<never> {
  throw await failure
}

function valueOf(part: string, status: number, headers: HeaderList, bytes: Uint8Array | undefined): Answered {
  if (!bytes) throw new PartFailure(part, "too_large", `answered more than ${answerLimit} bytes`)
  if (bytes.byteLength === 0) return { value: null, status, headers, bytes }
  const coding = headers.get("content-encoding")
  if (coding !== undefined && coding !== "identity")
    throw new PartFailure(part, "invalid_answer", `answered in the coding "${coding}", which was not asked for`)
  const type = headers.get("content-type")
  try {
    return { value: readValue(bytes, type), status, headers, bytes }
  } catch (cause) {
    throw new PartFailure(part, "invalid_answer", `did not answer with ${formatName(type)}`, { cause })
  }
}

const formatName = (type: string | undefined): string => {
  const name = type === undefined ? "json" : (formatOf(type)?.name ?? "json")
  return name === "form" ? "a form" : name === "msgpack" ? "MessagePack" : name.toUpperCase()
}

async function refusal(part: string, reply: Reply, looksAtErrors: boolean): Promise<PartFailure> {
  const { status, headers } = reply
  // A redirect is no answer either: nobody follows it.
  if (status < 400) {
    discard(reply)
    return new PartFailure(part, "redirect", `answered ${status}`)
  }
  const passed: Record<string, string> = {}
  for (const name of passedOn) {
    const value = headers.get(name)
    if (value !== undefined) passed[name] = value
  }
  // What is wrong with the request is for the client to know; what is wrong with the service is not.
  const says = status < 500 && /[/+]json\b/i.test(headers.get("content-type") ?? "")
  const answer = looksAtErrors || says ? await errorAnswer(reply) : undefined
  if (!looksAtErrors && !says) discard(reply)
  return new PartFailure(part, "error_status", `answered ${status}`, {
    status: status < 600 ? status : 502,
    headers: passed,
    answer: looksAtErrors ? answer : undefined,
    words: says && answer ? reasonIn(answer.bytes) : undefined,
  })
}

const reasonLimit = 300

/** Why a service refused, in its own words: the detail of a problem, or what else is usual. */
function reasonIn(bytes: Uint8Array): string | undefined {
  try {
    const said: unknown = JSON.parse(utf8.decode(bytes))
    const inside = memberOf(said, "error")
    const words = [
      ...["detail", "message", "error_description"].map((name) => memberOf(said, name)),
      inside,
      memberOf(inside, "message"),
      memberOf(said, "title"),
    ].find((one) => typeof one === "string" && one !== "")
    return typeof words === "string" ? words.slice(0, reasonLimit).toWellFormed() : undefined
  } catch {
    return undefined
  }
}

const memberOf = (value: unknown, name: string): unknown =>
  isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined

async function errorAnswer({ body, headers }: Reply): Promise<ErrorAnswer | undefined> {
  const bytes = await bytesOf(body, errorLimit)
  return bytes && { bytes, type: headers.get("content-type") ?? "application/json" }
}
