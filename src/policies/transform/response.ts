import { discard } from "../../core/discard.ts"
import { GatewayError } from "../../core/errors.ts"
import type { Reply } from "../../core/reply.ts"
import { isObject } from "../../core/schema.ts"
import { charsetOf } from "../../formats/format-of.ts"
import { type Format, FormatError } from "../../formats/format.ts"
import { negotiate, type Negotiated } from "../../formats/negotiate.ts"
import { decoding } from "../../http/content-coding.ts"
import type { HeaderList } from "../../http/header-list.ts"
import { answersBytes, codingOf, forgetBody, streamOf, typeOf, unreadable, vary, weakenTag } from "./body.ts"
import { formatsOf } from "./format-options.ts"
import type { NameOf } from "./keep.ts"
import { type Medium, mediumOf, newType, sameType, type StreamKind } from "./media.ts"
import type { TransformOptions } from "./options.ts"
import { refused, unread, withoutBody } from "./refusals.ts"
import { type Reshape, reshaping } from "./reshape.ts"
import { editedStream } from "./streams.ts"
import { type Strip, stripping, xmlName } from "./strip.ts"
import type { Given } from "./template.ts"
import { type Written, written } from "./written.ts"

/** What was settled about an answer before the service was asked. */
export interface Asked {
  readonly given: Given
  /** The client's `Accept`. */
  readonly accept: string | undefined
  readonly chosen: Negotiated | undefined
  /** Keeps the fields that the client chose. */
  readonly choose: ((value: unknown) => unknown) | undefined
}

/** What becomes of answers. */
export interface Answers {
  /** The `Accept` that the service gets; undefined where the client's own will do. */
  readonly accept: string | undefined
  /** The format that the client takes; fails when it takes none of those that are offered. */
  choose(accept: string | undefined): Negotiated | undefined
  /** Whether answers have to be read, and so had better come uncompressed. */
  reads(asked: Asked): boolean
  /** Changes an answer; undefined where it is a part of one, of which the whole is needed. */
  change(reply: Reply, asked: Asked): Promise<Reply | undefined>
}

/** What is done to one answer. */
interface Plan {
  readonly reshape?: Reshape | undefined
  readonly choose?: Asked["choose"]
  readonly into?: Pick<Written, "format" | "type"> | undefined
}

const bodiless = new Set([101, 204, 205])

/** Sees to the answers of a route. */
export function answers(options: TransformOptions, limit: number): Answers {
  const { response: side, internal, types } = options
  const formats = formatsOf(side ?? {})
  const medium = mediumOf(formats, types)
  const named = (names: readonly string[] | undefined) => names?.flatMap((name) => formats.get(name) ?? [])
  const from = named(side?.from)
  const offered = named(side?.accept)
  const target = side?.to && formats.get(side.to)
  const fixed = target && { format: target, type: undefined }
  const reshape = side && reshaping(side)
  const strip = internal && stripping(internal)
  const inXml = xmlName(side?.xml?.attributePrefix ?? "@")
  const passes = (side?.others ?? "pass") === "pass"

  const mediumFor = (type: string | undefined): Medium => {
    const found = medium(type)
    const [first] = from ?? []
    if (type === undefined && first) return { kind: "format", format: first }
    return found.kind === "format" && from && !from.includes(found.format) ? { kind: "unknown" } : found
  }

  const planFor = (status: number, { chosen, choose }: Asked): Plan => {
    const into = chosen ?? fixed
    if (status < 400) return { reshape, choose, into }
    const errors = side?.errors ?? "convert"
    return errors === false ? {} : { into, reshape: errors === "reshape" ? reshape : undefined }
  }

  const nameOf = (...used: Format[]): NameOf | undefined =>
    used.some(({ name }) => name === "xml") ? inXml : undefined

  /** What is done to a value without its internal fields. */
  const edited = async (
    value: unknown,
    plan: Plan,
    { given }: Asked,
    status: number,
    called?: NameOf,
  ): Promise<unknown> => {
    let made = plan.reshape ? await plan.reshape(value, given, status) : value
    if (!plan.reshape) return plan.choose ? plan.choose(made) : made
    // What a function gave may be the config's own, or write itself as something else.
    if (side?.map) made = JSON.parse(JSON.stringify(made)) as unknown
    if (plan.choose) made = plan.choose(made)
    strip?.take(made, called)
    return made
  }

  const changeStream = (reply: Reply, kind: StreamKind, plan: Plan, asked: Asked): Reply => {
    const { headers, status, body } = reply
    const coding = codingOf(headers)
    weakenTag(headers)
    forgetBody(headers)
    if (body === null || asked.given.exchange.method === "HEAD") return reply
    const packed = body instanceof ReadableStream ? body : streamOf(body)
    const content = decoding(packed, coding, { limit: Number.POSITIVE_INFINITY })
    reply.body = editedStream(content, kind, {
      edit(value) {
        strip?.take(value)
        if (strip) takeFromPart(value, strip)
        return edited(value, side?.streams ? plan : {}, asked, status)
      },
      passes: (text) => !strip?.mayHold(text),
      limit,
    })
    return reply
  }

  const changeBody = async (reply: Reply, format: Format, plan: Plan, asked: Asked): Promise<Reply> => {
    const { headers, status } = reply
    const type = typeOf(headers)
    const into = plan.into ?? { format, type: undefined }
    const finish = (made: Pick<Written, "format" | "type">): void => {
      forgetBody(headers)
      tag(headers)
      const same = made.format === format && type !== undefined
      headers.set("content-type", same ? sameType(type) : newType(made.type ?? made.format.types[0] ?? ""))
    }
    if (reply.body === null || (reply.body instanceof ReadableStream && asked.given.exchange.method === "HEAD")) {
      finish(into)
      // Without it, the listener would say that there is nothing to get.
      headers.set("transfer-encoding", "chunked")
      return reply
    }
    const { exchange } = asked.given
    const bytes = await answersBytes(exchange, reply.body, headers, limit).catch((error: unknown) => {
      throw refused(error, reply)
    })
    if (bytes.byteLength === 0) {
      reply.body = null
      return reply
    }
    let value: unknown
    try {
      const charset = type === undefined ? undefined : charsetOf(type)
      const read = format.read(bytes, charset)
      const found = strip?.take(read, nameOf(format, into.format)) ?? false
      // Printed anew it could lose what it is made of: digits of long numbers, comments, the order of elements.
      const isPlain = !found && !plan.reshape && !plan.choose && into.format === format
      if (isPlain && (format.name === "xml" || (format.name === "json" && strip?.isFree(bytes, charset))))
        return untouched(reply, bytes)
      value = await edited(read, plan, asked, status, nameOf(format, into.format))
    } catch (error) {
      throw error instanceof FormatError ? refused(unreadable(format.name, error), reply) : error
    }
    const made = written(value, { into, offered, accept: asked.accept, isError: status >= 400 })
    reply.body = made.content as Uint8Array<ArrayBuffer> | string
    finish(made)
    return reply
  }

  const tag = (headers: HeaderList): void => {
    // What is the same in one format and in another may not have one tag: a cache would take the one for the other.
    if (offered && offered.length > 1) headers.delete("etag")
    else weakenTag(headers)
  }

  return {
    // Some services answer 406 to those who take one format only, and any can be read.
    accept: from
      ? from.flatMap(({ types: known }) => known).join(", ")
      : target || offered
        ? "application/json, */*;q=0.5"
        : undefined,
    reads: ({ choose }) =>
      strip !== undefined ||
      reshape !== undefined ||
      choose !== undefined ||
      target !== undefined ||
      offered !== undefined,
    choose(accept) {
      if (!offered) return undefined
      const chosen = negotiate(accept, offered)
      if (chosen) return chosen
      const names = offered.flatMap(({ types: known }) => known.slice(0, 1)).join(", ")
      throw new GatewayError("not_acceptable", `The answer comes as one of these: ${names}.`)
    },
    async change(reply, asked) {
      const { status, headers, body } = reply
      if (bodiless.has(status)) return reply
      if (offered) vary(headers, "accept")
      if (status === 304) {
        tag(headers)
        return reply
      }
      const plan = planFor(status, asked)
      const edits = strip !== undefined || plan.reshape !== undefined || plan.choose !== undefined
      if (!edits && !plan.into) return reply
      const type = typeOf(headers)
      const found = mediumFor(type)
      if (found.kind === "format") {
        if (!edits && found.format === plan.into?.format) {
          tag(headers)
          return reply
        }
        if (body === null && asked.given.exchange.method !== "HEAD") return reply
        return status === 206 ? undefined : changeBody(reply, found.format, plan, asked)
      }
      if (found.kind === "stream") {
        if (!strip && !(side?.streams && edits)) return reply
        return status === 206 ? undefined : changeStream(reply, found.stream, plan, asked)
      }
      if (body === null || (found.kind === "opaque" ? found.told || passes : passes && !strip)) return reply
      if (status === 206) return undefined
      discard(reply)
      if (status >= 300 && status < 400) return withoutBody(reply)
      throw refused(unread(type), reply)
    },
  }
}

/** The entry of a stream that stands for a part of an aggregate is stripped as it would be where all parts come as one. */
function takeFromPart(entry: unknown, strip: Strip): void {
  if (!isObject(entry) || typeof entry.part !== "string" || !Object.hasOwn(entry, "value")) return
  const whole = Object.fromEntries([[entry.part, entry.value]])
  strip.take(whole)
  if (!Object.hasOwn(whole, entry.part)) delete entry.value
}

function untouched(reply: Reply, bytes: Uint8Array): Reply {
  const { headers } = reply
  reply.body = bytes as Uint8Array<ArrayBuffer>
  if (!headers.has("content-encoding")) return reply
  forgetBody(headers)
  weakenTag(headers)
  return reply
}
