import type { Tools } from "../../../core/part.ts"
import { Refused } from "../scheme.ts"
import { encryptionAlgorithms } from "./algorithms.ts"
import { audienceOf } from "./claim-options.ts"
import { checkClaims, type ClaimRules } from "./claims.ts"
import { decrypted } from "./decryption.ts"
import { fixedKeys, type KeySource } from "./key-set.ts"
import { allowedOf, decryptionKeys, type JwtOptions, signingKeys } from "./options.ts"
import { RemoteKeys, type RemoteOptions } from "./remote-keys.ts"
import { verified } from "./signature.ts"
import { strictObject } from "./strict-json.ts"
import { takeApart, type Token } from "./token.ts"

/** Claims that hold. */
export interface Claims {
  readonly claims: Readonly<Record<string, unknown>>
  /** In milliseconds since 1970. */
  readonly until: number
  /** Of the keys that they were found to hold with. */
  readonly version: number
}

/** Reads tokens by the options of `jwt`. */
export interface ClaimsReader {
  /** Another one each time the keys have changed. */
  readonly version: number
  /** The claims of a token, or a refusal. */
  read(text: string): Promise<Claims>
}

/** Builds what reads tokens; published keys are fetched once the config is served. */
export function claimsReader(options: JwtOptions, tools: Pick<Tools, "keep" | "whenServed" | "log">): ClaimsReader {
  const { decrypt } = options
  const source = sourceOf(options, tools)
  const allowed = allowedOf(options)
  const openers = decrypt ? decryptionKeys(decrypt) : []
  // Guessing passwords is made slow on purpose: whoever can send tokens could keep the gateway busy with it.
  const ways = new Set(decrypt?.algorithms ?? encryptionAlgorithms.filter((alg) => !alg.startsWith("PBES2")))
  const typ = options.typ && typeName(options.typ)
  const rules = rulesOf(options)

  async function signedBytes(token: Token): Promise<Uint8Array> {
    if (source) return verified(token, source, allowed)
    throw new Refused("it is signed, but only encrypted tokens are taken")
  }

  async function content(text: string): Promise<{ bytes: Uint8Array; header: Token["header"] }> {
    const token = takeApart(text)
    if (!token.encrypted) return { bytes: await signedBytes(token), header: token.header }
    if (!decrypt) throw new Refused("it is encrypted, and no key of ours is there to open it")
    const bytes = await decrypted(token, openers, ways)
    // Without keys for signatures, the shared secret is what vouches for it.
    if (!source) return { bytes, header: token.header }
    const inner = takeApart(Buffer.from(bytes).toString("latin1"))
    if (inner.encrypted) throw new Refused("it is encrypted twice")
    return { bytes: await signedBytes(inner), header: inner.header }
  }

  return {
    get version() {
      return source?.version ?? 0
    },
    async read(text) {
      await source?.ready()
      const version = source?.version ?? 0
      const { bytes, header } = await content(text)
      if (typ !== undefined && (typeof header["typ"] !== "string" || typeName(header["typ"]) !== typ))
        throw new Refused('its header names another "typ"')
      const claims = strictObject(bytes)
      if (!claims) throw new Refused("its content is not one JSON object in which each name is there once")
      return { claims, until: checkClaims(claims, rules, Date.now()), version }
    },
  }
}

/** RFC 7515 section 4.1.9: letters of either size, and "application/" goes without saying. */
const typeName = (typ: string): string => typ.toLowerCase().replace(/^application\/(?=[^/]*$)/, "")

const rulesOf = (options: JwtOptions): ClaimRules => ({
  issuers: options.issuer === undefined ? undefined : new Set([options.issuer].flat()),
  audience: audienceOf(options.audience),
  leeway: options.leeway,
  maxAge: options.maxAge,
  endless: options.expiry === "optional",
  require: options.require ?? [],
})

function sourceOf(
  options: JwtOptions,
  { keep, whenServed, log }: Pick<Tools, "keep" | "whenServed" | "log">,
): KeySource | undefined {
  const own = signingKeys(options)
  if (own) return fixedKeys(own)
  const { jwks, issuer, insecure, refresh, cooldown, timeout } = options
  if (jwks === undefined && issuer === undefined) return undefined
  const remote: RemoteOptions = {
    jwks,
    issuer: jwks === undefined && typeof issuer === "string" ? issuer : undefined,
    insecure,
    refresh,
    cooldown,
    timeout,
  }
  const keys = keep(`published keys ${JSON.stringify(remote)}`, () => new RemoteKeys(remote))
  whenServed(() => keys.begin(log))
  return keys
}
