import { type Listener, webUpstream } from "./upstream.ts"

const versions = {
  "1.1": { namespace: "http://schemas.xmlsoap.org/soap/envelope/", type: "text/xml" },
  "1.2": { namespace: "http://www.w3.org/2003/05/soap-envelope", type: "application/soap+xml" },
} as const

type Node = string | { readonly [name: string]: Node | readonly Node[] }

/** A service that knows one operation, GetOrder, and is as strict about its calls as those of the time were. */
export function soapService(version: keyof typeof versions): Listener {
  const { namespace, type } = versions[version]
  // Prefixes of its own, and a default namespace: whoever goes by letters does not understand it.
  const envelope = (body: string, status = 200): Response =>
    new Response(
      `<?xml version="1.0" encoding="utf-8"?>\n<env:Envelope xmlns:env="${namespace}"><env:Header/><env:Body>${body}</env:Body></env:Envelope>`,
      {
        status,
        headers: { "content-type": `${type}; charset=utf-8` },
      },
    )
  const fault = (code: string, reason: string, detail = ""): Response =>
    version === "1.1"
      ? envelope(
          `<env:Fault><faultcode>env:${code}</faultcode><faultstring>${reason}</faultstring>${detail && `<detail>${detail}</detail>`}</env:Fault>`,
          500,
        )
      : envelope(
          `<env:Fault><env:Code><env:Value>env:${code === "Client" ? "Sender" : "Receiver"}</env:Value></env:Code><env:Reason><env:Text xml:lang="en">${reason}</env:Text></env:Reason>${detail && `<env:Detail>${detail}</env:Detail>`}</env:Fault>`,
          code === "Client" ? 400 : 500,
        )

  return webUpstream(async (request) => {
    const text = await request.text()
    const media = request.headers.get("content-type") ?? ""
    const action = version === "1.1" ? request.headers.get("soapaction") : (/action=("[^"]*")/.exec(media)?.[1] ?? null)
    if (request.method !== "POST" || !media.startsWith(`${type};`))
      return new Response("Send a SOAP envelope.", { status: 415 })
    if (action !== '"urn:shop/GetOrder"') return fault("Client", `Unknown action ${action}`)
    const document = Bun.XML.parse(text) as { "soap:Envelope"?: { [name: string]: Node } }
    const sent = document["soap:Envelope"]
    if (sent?.["@xmlns:soap"] !== namespace) return fault("VersionMismatch", "Another version")
    const body = sent["soap:Body"] as { GetOrder?: { "@xmlns"?: string; id?: string } }
    const { GetOrder: call } = body
    if (call?.["@xmlns"] !== "urn:shop") return fault("Client", "Unknown operation")
    if (call.id === "0")
      return fault("Client", "No order 0", '<e:Hint xmlns:e="urn:e"><e:cost>9</e:cost><e:try>1</e:try></e:Hint>')
    if (call.id === "busy") return fault("Server", "Later")
    return envelope(
      `<GetOrderResponse xmlns="urn:shop"><id>${call.id ?? ""}</id><total>12.5</total><cost>3</cost><lines><line sku="a">1</line></lines></GetOrderResponse>`,
    )
  })
}
