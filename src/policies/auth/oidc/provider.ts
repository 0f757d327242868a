import { GatewayError } from "../../../core/errors.ts"
import { askJson, type JsonAnswer } from "../../../core/oauth/ask-json.ts"
import { discovered, endpointOf } from "../../../core/oauth/discovery.ts"
import type { Tools } from "../../../core/part.ts"
import { type SignatureAlgorithm, signatureAlgorithms } from "../jwt/algorithms.ts"
import type { KeySource } from "../jwt/key-set.ts"
import { RemoteKeys } from "../jwt/remote-keys.ts"
import type { OidcOptions } from "./options.ts"

/** What a provider says of itself, as far as a login needs it. */
export interface Description {
  readonly authorization: string
  readonly token: string
  readonly userinfo: string | undefined
  readonly endSession: string | undefined
  readonly revocation: string | undefined
  /** Says who it is when it sends browsers back (RFC 9207). */
  readonly namesItself: boolean
  readonly algorithms: ReadonlySet<SignatureAlgorithm>
  readonly keys: KeySource
}

/** A login provider, asked as late and as rarely as possible. */
export interface Provider {
  /** Its description; fails with a 503 while it cannot be had. */
  described(): Promise<Description>
  /** Asks it as the client that the gateway is; fails with a 503 unless it has an answer. */
  ask(url: string, form: Readonly<Record<string, string>>): Promise<JsonAnswer>
  /** Asks it for what it knows of the owner of a token. */
  userinfo(url: string, token: string): Promise<JsonAnswer>
}

type ProviderOptions = Pick<OidcOptions, "issuer" | "clientId" | "clientSecret" | "clientAuth" | "timeout" | "insecure">

const lasts = 3_600_000
// A provider that is down is not asked by every browser that comes.
const pause = 1_000
const limit = 1024 * 1024

/** What was learnt of a provider, kept over reloads. */
interface Learnt {
  description: Description | undefined
  at: number
  failed: number
  asking: Promise<Description> | undefined
}

/** The provider of a config. */
export function providerOf(options: ProviderOptions, keep: Tools["keep"]): Provider {
  const { issuer, clientId, clientSecret, clientAuth, timeout, insecure } = options
  const learnt = keep(`login provider ${JSON.stringify([issuer, timeout, insecure])}`, (): Learnt => ({
    description: undefined,
    at: 0,
    failed: Number.NEGATIVE_INFINITY,
    asking: undefined,
  }))

  async function learn(): Promise<Description> {
    try {
      const found = describedBy(await discovered({ issuer, timeout, insecure }), options, learnt.description)
      learnt.description = found
      learnt.at = performance.now()
      return found
    } catch (cause) {
      learnt.failed = performance.now()
      if (learnt.description) return learnt.description
      throw away(cause)
    } finally {
      learnt.asking = undefined
    }
  }

  async function tried(work: Promise<JsonAnswer>): Promise<JsonAnswer> {
    let answer: JsonAnswer
    try {
      answer = await work
    } catch (cause) {
      throw away(cause)
    }
    if (answer.status >= 500 || answer.status === 429) throw away(new Error(`it answers with ${answer.status}`))
    return answer
  }

  return {
    described() {
      const now = performance.now()
      const { description, at, failed } = learnt
      if (description && (now - at < lasts || now - failed < pause)) return Promise.resolve(description)
      if (now - failed < pause) return Promise.reject(away(new Error("it could not be reached a moment ago")))
      return (learnt.asking ??= learn())
    },
    ask(url, form) {
      const sent = new URLSearchParams(form)
      const headers: Record<string, string> = {}
      if (clientSecret !== undefined && clientAuth === "basic")
        headers.authorization = `Basic ${btoa(`${formText(clientId)}:${formText(clientSecret)}`)}`
      else {
        sent.set("client_id", clientId)
        if (clientSecret !== undefined) sent.set("client_secret", clientSecret)
      }
      return tried(askJson({ url, form: sent, headers, timeout, limit }))
    },
    userinfo: (url, token) => tried(askJson({ url, headers: { authorization: `Bearer ${token}` }, timeout, limit })),
  }
}

const away = (cause: unknown): GatewayError =>
  new GatewayError("unavailable", "The login provider cannot be reached: try again in a moment.", {
    headers: { "retry-after": "5" },
    cause: cause instanceof Error ? new Error(`The login provider: ${cause.message}.`, { cause }) : cause,
  })

/** RFC 6749 section 2.3.1: encoded as in a form before it is encoded as Basic. */
const formText = (value: string): string => new URLSearchParams([["", value]]).toString().slice(1)

function describedBy(
  found: Readonly<Record<string, unknown>>,
  { timeout, insecure }: ProviderOptions,
  before: Description | undefined,
): Description {
  const endpoint = (name: string): string => endpointOf(found, name, { insecure })
  const perhaps = (name: string): string | undefined => (found[name] === undefined ? undefined : endpoint(name))
  const url = endpoint("jwks_uri")
  const signs: readonly unknown[] = Array.isArray(found["id_token_signing_alg_values_supported"])
    ? found["id_token_signing_alg_values_supported"]
    : ["RS256"]
  return {
    authorization: endpoint("authorization_endpoint"),
    token: endpoint("token_endpoint"),
    userinfo: perhaps("userinfo_endpoint"),
    endSession: perhaps("end_session_endpoint"),
    revocation: perhaps("revocation_endpoint"),
    namesItself: found["authorization_response_iss_parameter_supported"] === true,
    // With shared secrets everybody who can check a token could have made it.
    algorithms: new Set(signatureAlgorithms.filter((alg) => !alg.startsWith("HS") && signs.includes(alg))),
    keys: keysAt(url, timeout, before),
  }
}

const urls = new WeakMap<KeySource, string>()

/** The published keys; the ones that are known stay while they are fetched anew. */
function keysAt(url: string, timeout: number, before: Description | undefined): KeySource {
  if (before && urls.get(before.keys) === url) {
    void before.keys.renew(before.keys.version)
    return before.keys
  }
  const made = new RemoteKeys({
    jwks: url,
    issuer: undefined,
    insecure: true,
    refresh: lasts,
    cooldown: 30_000,
    timeout,
  })
  urls.set(made, url)
  return made
}
