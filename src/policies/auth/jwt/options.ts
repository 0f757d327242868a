import type { JWK } from "jose"

import { keyOption, secretOption } from "../../../core/oauth/key-option.ts"
import { checkPrivate, serverUrl } from "../../../core/oauth/server-url.ts"
import {
  about,
  either,
  isObject,
  list,
  listOf,
  object,
  type Of,
  optional,
  type Path,
  type Report,
} from "../../../core/schema.ts"
import { duration, size } from "../../../core/units.ts"
import { flag, headerValue, oneOf, text } from "../../../core/values.ts"
import { placeOption } from "../place-option.ts"
import {
  encryptionAlgorithms,
  opensWith,
  type SignatureAlgorithm,
  signatureAlgorithms,
  signsWith,
} from "./algorithms.ts"
import { claimFields } from "./claim-options.ts"

const decryption = object({
  key: about(
    'Our private key, or several; it may be a JSON Web Key of the kind "oct" too.',
    optional(keyOption("private")),
  ),
  secret: about(
    "A secret that is shared with the issuer. Without any key for signatures, tokens that only it could have encrypted are taken as they are.",
    optional(secretOption()),
  ),
  algorithms: about(
    "How the key of a token may be agreed on. Default: what the keys are for; passwords (PBES2) only when they stand here.",
    optional(listOf(oneOf(...encryptionAlgorithms))),
  ),
})

const fields = object({
  jwks: about(
    "The URL of the keys that tokens are signed with (a JSON Web Key Set). Fetched in the background, kept over reloads; the last good keys are used while that fails.",
    optional(serverUrl()),
  ),
  issuer: about(
    "Who issues the tokens (`iss`), or several. Without keys of any kind, the issuer is asked where its keys are (OpenID Connect Discovery, RFC 8414).",
    optional(either(text(), listOf(text()))),
  ),
  key: about(
    "The public key of the issuer, or several: PEM, a certificate, a JSON Web Key or a set of these.",
    optional(keyOption("public")),
  ),
  secret: about("The secret that tokens are signed with (HS256 and longer), or several.", optional(secretOption())),
  algorithms: about(
    'The algorithms that tokens may be signed with. Default: those that the keys are for; never "none", and shared secrets only from `secret` and `key`.',
    optional(listOf(oneOf(...signatureAlgorithms))),
  ),
  decrypt: about("For tokens that are encrypted (JWE): what opens them.", optional(decryption)),
  ...claimFields,
  maxAge: about("How old tokens may be, by their `iat`.", optional(duration())),
  typ: about('The kind of token that the header has to name, such as "at+jwt".', optional(text())),
  expiry: about(
    'Whether tokens have to end (`exp`): with "optional" those that never end are taken as well.',
    optional(oneOf("required", "optional"), "required"),
  ),
  from: about(
    'Where the token stands: { header, word }, { cookie }, { query }, or a list of these. Default: the header `authorization` after "Bearer".',
    optional(placeOption),
  ),
  opaque: about(
    'What becomes of tokens that are no JWTs: "pass" leaves them to the schemes behind this one, such as `introspection`.',
    optional(oneOf("refuse", "pass"), "refuse"),
  ),
  maxSize: about("The largest token that is looked at.", optional(size(), "16kb")),
  forward: about("Lets the token reach the service, once it was found to hold.", optional(flag(), false)),
  realm: about("What `WWW-Authenticate` calls the protected area.", optional(headerValue(), "api")),
  refresh: about("How often published keys are fetched anew.", optional(duration(), "10m")),
  cooldown: about(
    "How long to wait between two looks for new keys that tokens with unknown keys cause.",
    optional(duration(), "30s"),
  ),
  timeout: about("How long fetching keys may take.", optional(duration(), "5s")),
  insecure: about("Takes keys over plain http from other machines too.", optional(flag(), false)),
})

/** The checked options of `jwt`. */
export type JwtOptions = Of<typeof fields>

const sources = ["jwks", "key", "secret"] as const
// Of use only where keys are fetched.
const fetching = ["refresh", "cooldown", "timeout", "insecure"] as const

/** The options of `jwt`; what does not go together is found here. */
export const jwtOptions: typeof fields = {
  ...fields,
  parse(value, path, report) {
    let whole = true
    const options = fields.parse(value, path, (problem) => {
      whole = false
      report(problem)
    })
    if (whole && isObject(value)) checkTogether(options, namesIn(value), path, report)
    return options
  },
}

const namesIn = (value: Record<string, unknown>): ReadonlySet<string> =>
  new Set(Object.keys(value).filter((name) => value[name] !== undefined))

function checkTogether(options: JwtOptions, written: ReadonlySet<string>, path: Path, report: Report): void {
  const { issuer, jwks, algorithms, decrypt, insecure } = options
  const problem = (name: string, message: string, fix: string): void =>
    report({ code: "E204", path: name === "" ? path : [...path, name], message, fix })
  const given = sources.filter((name) => options[name] !== undefined)
  if (given.length > 1)
    problem(
      given[1] as string,
      `Expected one kind of key, got ${list(
        given.map((one) => `"${one}"`),
        "and",
      )}.`,
      "Keep one of them.",
    )
  const discovers = given.length === 0 && issuer !== undefined
  if (discovers && (typeof issuer !== "string" || !/^https?:$/.test(URL.parse(issuer)?.protocol ?? "")))
    problem(
      "issuer",
      "Keys can be looked for at one issuer only, which is a URL.",
      'Say where the keys are with "jwks", or give them as "key" or "secret".',
    )
  if (given.length === 0 && issuer === undefined) checkAlone(options, problem)
  if (!discovers && jwks === undefined)
    for (const name of fetching)
      if (written.has(name)) problem(name, `No keys are fetched, so "${name}" says nothing.`, "Remove it.")
  if (!insecure) {
    checkPrivate(jwks, [...path, "jwks"], report)
    if (discovers && typeof issuer === "string") checkPrivate(issuer, [...path, "issuer"], report)
  }
  const own = signingKeys(options)
  for (const alg of algorithms ?? []) {
    const fits = own ? own.some((key) => signsWith(alg, key)) : (discovers || jwks) && !alg.startsWith("HS")
    if (!fits) problem("algorithms", `No key is for "${alg}".`, "Remove it, or give a key of its kind.")
  }
  if (own && !algorithms && !own.every((key) => signatureAlgorithms.some((alg) => signsWith(alg, key))))
    problem(
      given[0] ?? "",
      "Expected keys for signatures, but one is not of use for any.",
      "Give the key that tokens are signed with.",
    )
  if (decrypt) checkDecryption(decrypt, (message, fix) => problem("decrypt", message, fix))
}

type Problem = (name: string, message: string, fix: string) => void

function checkAlone({ decrypt }: JwtOptions, problem: Problem): void {
  if (!decrypt) return problem("", "Nothing says whose tokens are taken.", 'Add "issuer", "jwks", "key" or "secret".')
  if (decryptionKeys(decrypt).every(({ kty }) => kty === "oct")) return
  problem(
    "decrypt",
    "Anybody can encrypt for a public key: that says nothing of who made a token.",
    'Say whose signature it has inside: add "issuer", "jwks", "key" or "secret".',
  )
}

function checkDecryption(
  decrypt: NonNullable<JwtOptions["decrypt"]>,
  problem: (message: string, fix: string) => void,
): void {
  if ((decrypt.key === undefined) === (decrypt.secret === undefined))
    return problem('Expected one of "key" and "secret".', "Give the key that opens the tokens.")
  const keys = decryptionKeys(decrypt)
  for (const alg of decrypt.algorithms ?? encryptionAlgorithms)
    if (decrypt.algorithms && !keys.some((key) => opensWith(alg, key)))
      problem(`No key is for "${alg}".`, "Remove it, or give a key of its kind.")
  if (!keys.every((key) => encryptionAlgorithms.some((alg) => opensWith(alg, key))))
    problem(
      "Expected keys that open tokens, but one is not of use for that.",
      "Give the key that tokens are encrypted for.",
    )
}

/** The keys for signatures that the config itself gives. */
export const signingKeys = ({ key, secret }: Pick<JwtOptions, "key" | "secret">): readonly JWK[] | undefined =>
  key ?? secret

/** Our own keys, which open tokens. */
export const decryptionKeys = ({ key, secret }: NonNullable<JwtOptions["decrypt"]>): readonly JWK[] =>
  key ?? secret ?? []

/** The algorithms that signatures may have. */
export const allowedOf = (options: JwtOptions): ReadonlySet<SignatureAlgorithm> => {
  const own = signingKeys(options)
  if (options.algorithms) return new Set(options.algorithms)
  return new Set(
    signatureAlgorithms.filter((alg) => (own ? own.some((key) => signsWith(alg, key)) : !alg.startsWith("HS"))),
  )
}
