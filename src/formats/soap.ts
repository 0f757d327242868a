import { cannotRead, isPlain, quoted } from "./format.ts"
import { decodeXml } from "./xml/decode.ts"
import { namespaceOf, type Scope } from "./xml/names.ts"
import { type Mapping, seenTo, type XmlOptions } from "./xml/options.ts"
import { type Element, type Node, parseXml, scopeOf, valueOf } from "./xml/read.ts"
import { writeXml } from "./xml/write.ts"

/** A version of SOAP. */
export type SoapVersion = "1.1" | "1.2"

/** How one operation of a SOAP service is called. */
export interface SoapOptions {
  version: SoapVersion
  /** The name of the element in the body. */
  operation: string
  /** Its namespace. */
  namespace?: string
  /** False: only the operation itself is in the namespace, the elements in it are in none. */
  qualified?: boolean
  /** Paths begin within the operation, and within the element that answers it. */
  xml?: Pick<XmlOptions, "attributePrefix" | "textKey" | "arrays" | "lists" | "values" | "depth">
}

/** What a service says that went wrong. */
export interface SoapFault {
  /** The code, without its prefix, and what stands for it where nobody knows it: the most exact one first. */
  codes: readonly [string, ...string[]]
  reason: string
  actor: string | undefined
  detail: unknown
}

/** What is in an envelope; undefined as the value where its body is empty. */
export type SoapAnswer = { fault: SoapFault } | { fault?: undefined; value: unknown }

/** Both directions between a value and an envelope. */
export interface Soap {
  /** The envelope around the arguments of the operation. */
  write(value: Record<string, unknown>, headers?: Record<string, unknown>): string
  /** What an envelope says. Throws a `FormatError`. */
  read(bytes: Uint8Array, charset: string | undefined): SoapAnswer
}

const namespaces: Readonly<Record<SoapVersion, string>> = {
  "1.1": "http://schemas.xmlsoap.org/soap/envelope/",
  "1.2": "http://www.w3.org/2003/05/soap-envelope",
}

// The envelope and its body are around what is to be as deep as the options say.
const around = 2

/** Sees to the options of one operation. */
export function soap({ version, operation, namespace, qualified = true, xml = {} }: SoapOptions): Soap {
  const { attributePrefix = "@", lists = {}, depth = 200 } = xml
  const name = namespace === undefined || qualified ? operation : `op:${operation}`
  const declared = `${attributePrefix}${name === operation ? "xmlns" : "xmlns:op"}`
  const into = ["soap:Envelope", "soap:Body", name].map((step) => step.replaceAll(".", "_x002E_")).join(".")
  const writing = seenTo({
    ...xml,
    arrays: [],
    lists: Object.fromEntries(Object.entries(lists).map(([path, item]) => [`${into}.${path}`, item])),
    values: false,
    depth: depth + around,
  })
  const reading = seenTo({ ...xml, namespaces: "strip", depth: depth + around })

  return {
    write(value, headers) {
      const called = namespace === undefined ? value : { ...value, [declared]: namespace }
      const envelope = {
        [`${attributePrefix}xmlns:soap`]: namespaces[version],
        ...(headers && { "soap:Header": headers }),
        "soap:Body": { [name]: called },
      }
      return writeXml({ "soap:Envelope": envelope }, writing)
    },
    read(bytes, charset) {
      const document = parseXml(decodeXml(bytes, charset), reading.depth)
      const [envelope] = childrenOf(document, undefined, "")
      if (envelope?.local !== "Envelope") throw cannotRead("SOAP", `it begins with ${quoted(envelope?.local ?? "")}.`)
      const { uri } = envelope
      if (uri !== namespaces["1.1"] && uri !== namespaces["1.2"])
        throw cannotRead("SOAP", `the namespace of the envelope is ${quoted(uri)}, which is no version of SOAP.`)
      const bodies = childrenOf(envelope.node, envelope.scope, envelope.standard).filter(
        (child) => child.local === "Body" && child.uri === uri,
      )
      const [body] = bodies
      if (!body || bodies.length > 1) throw cannotRead("SOAP", `the envelope has ${bodies.length} bodies.`)
      const content = childrenOf(body.node, body.scope, body.standard)
      const [answer] = content
      if (!answer) return { value: undefined }
      if (content.length > 1)
        throw cannotRead(
          "SOAP",
          `the body has ${content.length} elements, as in RPC/encoded answers: one is understood.`,
        )
      // A service that does not understand a version says so in the one that it does.
      if (answer.local === "Fault" && answer.uri === uri) return { fault: faultOf(answer, reading) }
      if (uri !== namespaces[version]) throw cannotRead("SOAP", `it is not of version ${version}.`)
      const value = valueOf(answer.node, reading.top, answer.scope, reading)
      return { value: value === "" ? {} : value }
    },
  }
}

/** An element with its name resolved, and what is declared within it. */
interface Child {
  readonly local: string
  readonly uri: string
  readonly node: Node
  readonly scope: Scope | undefined
  /** The namespace of names without a prefix. */
  readonly standard: string
}

function childrenOf(parent: Node, outer: Scope | undefined, around: string): Child[] {
  if (typeof parent === "string") return []
  return Object.entries(parent).flatMap(([name, found]) => {
    if (name.startsWith("@") || name === "#text") return []
    return (Array.isArray(found) ? found : [found]).map((node): Child => {
      const scope = scopeOf(node, outer)
      const own = typeof node === "string" ? undefined : (node as Element)["@xmlns"]
      const standard = typeof own === "string" ? own : around
      const colon = name.indexOf(":")
      const uri = colon < 0 ? standard : namespaceOf(scope, name.slice(0, colon))
      return { local: name.slice(colon + 1), uri, node, scope, standard }
    })
  })
}

function faultOf({ node, scope }: Child, mapping: Mapping): SoapFault {
  // What stands in a detail is the service's own, but what is declared as a list there is not known.
  const value = valueOf(node, undefined, scope, { ...mapping, values: false })
  const found = isPlain(value) ? value : {}
  const text = (of: unknown): string => {
    const [first] = Array.isArray(of) ? (of as unknown[]) : [of]
    const content = isPlain(first) ? first[mapping.textKey] : first
    return typeof content === "string" ? content.trim() : ""
  }
  const { faultcode, faultstring, faultactor, detail, Code, Reason, Role, Node: at, Detail } = found
  if (Code === undefined) {
    const code = local(text(faultcode))
    // SOAP 1.1 section 4.4.1: "Client.Authentication" is a kind of "Client".
    const codes = code.split(".").map((_, index, parts) => parts.slice(0, parts.length - index).join("."))
    return { codes: one(codes), reason: text(faultstring), actor: text(faultactor) || undefined, detail }
  }
  const codes: string[] = []
  for (let next: unknown = Code; isPlain(next); next = next.Subcode) codes.unshift(local(text(next.Value)))
  const reason = isPlain(Reason) ? text(Reason.Text) : ""
  return { codes: one(codes), reason, actor: text(Role) || text(at) || undefined, detail: Detail }
}

const local = (code: string): string => code.slice(code.indexOf(":") + 1)

const one = ([first = "", ...others]: string[]): [string, ...string[]] => [first, ...others]
