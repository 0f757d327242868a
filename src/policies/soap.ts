import { discard } from "../core/discard.ts"
import { failures, GatewayError } from "../core/errors.ts"
import type { Exchange } from "../core/exchange.ts"
import { definePolicy } from "../core/part.ts"
import { jsonReply, type Reply } from "../core/reply.ts"
import { about, isObject, object, type Of, optional, record } from "../core/schema.ts"
import { size } from "../core/units.ts"
import { flag, integer, oneOf, text } from "../core/values.ts"
import { charsetOf, formatOf } from "../formats/format-of.ts"
import { FormatError } from "../formats/format.ts"
import { parseMediaType } from "../formats/media-type.ts"
import { soap as soapOf, type SoapAnswer, type SoapFault } from "../formats/soap.ts"
import type { HeaderList } from "../http/header-list.ts"
import { answersBytes, clientsBytes, forgetBody, streamOf, unreadable, unusable } from "./transform/body.ts"
import { envelopeOptions, said } from "./transform/format-options.ts"
import { checkHoles } from "./transform/template.ts"
import { filledValue } from "./transform/values.ts"

const options = object({
  version: about("The version of SOAP that the service speaks.", optional(oneOf("1.1", "1.2"), "1.1")),
  operation: about(
    "The name of the element in the body of the envelope.",
    text({ expected: 'the name of an operation such as "GetOrder"', pattern: /^[\p{L}_][\p{L}\p{N}_.-]*$/u }),
  ),
  namespace: about("The namespace of the operation.", optional(text({ expected: "a namespace", pattern: /\S/ }))),
  qualified: about(
    "False: only the operation itself is in the namespace, and what is in it is in none (elementFormDefault).",
    optional(flag(), true),
  ),
  action: about(
    "The action: the SOAPAction header of SOAP 1.1, a parameter of the content type in SOAP 1.2.",
    optional(text({ expected: "an action without quotes", pattern: /^[^"\\\s\p{Cc}\u0100-\u{10ffff}]+$/u })),
  ),
  body: about(
    "What is in the operation, with placeholders such as `:id`, `:query.q` and `:body.name`. Without it, what the client sends as JSON.",
    optional(filledValue()),
  ),
  headers: about(
    'The headers of the envelope by name, with placeholders and secrets: { "a:Token": { "@xmlns:a": "urn:auth", "#text": env("TOKEN") } }.',
    optional(record(filledValue(), text({ expected: "the name of an element", pattern: /./ }))),
  ),
  xml: about(
    "How values and elements stand for each other; paths begin within the operation, and within what answers it.",
    optional(envelopeOptions),
  ),
  faults: about(
    'The status that a fault is answered with, by its code: { "Client.Authentication": 401, "OutOfStock": 409 }. Otherwise Client and Sender are 400, all else 502.',
    optional(record(integer(400, 599))),
  ),
  limit: about("The largest body that is read: 413 for a client's, 502 for a service's.", optional(size(), "10mb")),
})

type Options = Of<typeof options>

/** Calls an operation of a SOAP service for clients that speak JSON. */
export const soap = definePolicy({
  name: "soap",
  about:
    "Calls an operation of a SOAP service for clients that speak JSON: the service gets an envelope, the client what answers it, or the fault as a problem. Of a GET too the service gets a POST.",
  options,
  check({ body, headers }, known, _, report) {
    checkHoles(body?.holes ?? [], known, report)
    for (const { holes } of headers?.values() ?? []) checkHoles(holes, known, report)
  },
  create(given) {
    const { limit } = given
    const envelope = soapOf(envelopeOf(given))
    const headersFor = headersOf(given)
    const statusOf = statuses(given.faults)
    return (next) => async (exchange) => {
      const value = await valueOf(exchange, limit)
      const filling = { exchange, search: exchange.search, body: value }
      const called = given.body ? given.body.fill(filling) : (value ?? {})
      if (!isObject(called)) throw new GatewayError("bad_request", "The body has to be a JSON object.")
      const heads = given.headers && [...given.headers].map(([name, { fill }]) => [name, fill(filling)] as const)
      const content = clients(() => envelope.write(called, heads && Object.fromEntries(heads)))
      const asked = exchange.derive({
        method: "POST",
        rawPath: exchange.rawPath,
        path: exchange.path,
        // What the client says of it is in the envelope, or not meant for the service: "?wsdl", for one.
        search: "",
        headers: headersFor(exchange.headers, content),
        body: streamOf(content),
      })
      try {
        const reply = await next(asked)
        const answer = await answerIn(reply, asked, limit, envelope.read)
        if (!answer) return reply
        if (answer.fault) return faultReply(answer.fault, statusOf(answer.fault), exchange)
        return answered(reply, answer.value)
      } finally {
        asked.settled()
      }
    }
  },
})

function envelopeOf({ version, operation, namespace, qualified, xml }: Options): Parameters<typeof soapOf>[0] {
  const { lists, ...others } = xml ?? {}
  const made = { ...said(others), ...(lists && { lists: Object.fromEntries(lists) }) }
  return { version, operation, qualified, ...(namespace !== undefined && { namespace }), xml: made }
}

async function valueOf(exchange: Exchange, limit: number): Promise<unknown> {
  const { body, headers } = exchange
  if (body === null || headers.get("content-length") === "0") return undefined
  const type = headers.get("content-type") ?? ""
  const format = formatOf(type)
  if (format?.name !== "json")
    throw new GatewayError("unsupported_type", "Send the body as JSON.", { headers: { accept: "application/json" } })
  const bytes = await clientsBytes(exchange, body, limit)
  return bytes.byteLength === 0 ? undefined : clients(() => format.read(bytes, charsetOf(type)))
}

function clients<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw error instanceof FormatError ? new GatewayError("bad_request", error.message) : error
  }
}

// They speak of the client's own body, or of an answer that is none of these.
const notForService =
  /^(?:content-|if-|range$|expect$|accept$|accept-encoding$|transfer-encoding$|soapaction$|digest$|repr-digest$)/

function headersOf({ version, action }: Options): (headers: HeaderList, content: string) => HeaderList {
  const type =
    version === "1.1"
      ? "text/xml; charset=utf-8"
      : `application/soap+xml; charset=utf-8${action === undefined ? "" : `; action="${action}"`}`
  return (headers, content) => {
    const made = headers.copy()
    made.drop((name) => notForService.test(name))
    made.append("content-type", type)
    made.append("content-length", String(Buffer.byteLength(content)))
    if (version === "1.1") made.append("soapaction", `"${action ?? ""}"`)
    made.append("accept", "text/xml, application/soap+xml")
    made.append("accept-encoding", "identity")
    return made
  }
}

/** What the service says; undefined for an answer that passes as it is, since it is an error of somebody before it. */
async function answerIn(
  reply: Reply,
  asked: Exchange,
  limit: number,
  read: (bytes: Uint8Array, charset: string | undefined) => SoapAnswer,
): Promise<SoapAnswer | undefined> {
  const { status, headers, body } = reply
  const type = headers.get("content-type")
  const media = type === undefined ? undefined : parseMediaType(type)?.type
  const refuse = (detail: string): GatewayError => {
    discard(reply)
    return unusable(detail)
  }
  if (status < 200 || (status >= 300 && status < 400))
    throw refuse(`The service answered ${status}, which is no answer to a call.`)
  if (body === null || status === 204) return status < 400 ? { value: undefined } : undefined
  if (media?.startsWith("multipart/")) throw refuse("The answer has attachments (MTOM), which cannot be read.")
  if (type === undefined || formatOf(type)?.name !== "xml") {
    if (status >= 400) return undefined
    throw refuse(
      `The answer is no SOAP: it has ${type === undefined ? "no type" : `the type ${JSON.stringify(type)}`}.`,
    )
  }
  const bytes = await answersBytes(asked, body, headers, limit)
  if (bytes.byteLength === 0 && status < 400) return { value: undefined }
  let answer: SoapAnswer
  try {
    answer = read(bytes, charsetOf(type))
  } catch (error) {
    throw error instanceof FormatError ? unreadable("soap", error) : error
  }
  if (status >= 400 && !answer.fault) throw unusable(`The service answered ${status} without a fault.`)
  return answer
}

function answered(reply: Reply, value: unknown): Reply {
  const { headers } = reply
  forgetBody(headers)
  headers.delete("etag")
  headers.delete("content-type")
  if (value === undefined) return { ...reply, status: reply.status === 202 ? 202 : 204, body: null }
  headers.set("content-type", "application/json")
  return { ...reply, body: JSON.stringify(value) }
}

const clientsFault = new Set(["Client", "Sender"])

function statuses(given: ReadonlyMap<string, number> | undefined): (fault: SoapFault) => number {
  return ({ codes }) => {
    for (const code of codes) {
      const status = given?.get(code)
      if (status !== undefined) return status
    }
    return codes.some((code) => clientsFault.has(code)) ? 400 : failures.soap_fault.status
  }
}

/** Not thrown: what is around this policy may have something to take out of the detail. */
function faultReply({ codes, reason, actor, detail }: SoapFault, status: number, { id }: Exchange): Reply {
  const problem = {
    type: "urn:bellhop:soap_fault",
    title: failures.soap_fault.title,
    status,
    code: "soap_fault",
    detail: reason,
    exchange: id,
    fault: { code: codes.at(-1), ...(codes.length > 1 && { subcode: codes[0] }), actor, detail },
  }
  const reply = jsonReply(problem, status, "application/problem+json")
  reply.headers.set("cache-control", "no-store")
  return reply
}
