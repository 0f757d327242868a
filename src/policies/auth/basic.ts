import { createHmac, randomBytes } from "node:crypto"

import type { Identity } from "../../core/identity.ts"
import { about, object, optional } from "../../core/schema.ts"
import { duration } from "../../core/units.ts"
import { flag, text } from "../../core/values.ts"
import { type Users, usersOption } from "./basic/users.ts"
import { verifyPassword } from "./basic/verify.ts"
import { credentialAt } from "./place.ts"
import { remember } from "./remember.ts"
import { defineScheme, type Place, Refused } from "./scheme.ts"

const place: Place = { in: "header", name: "authorization", word: "basic" }

const mostKnown = 10_000
const longest = 1024

/** Tells who asks by a name and a password. */
export const basic = defineScheme({
  name: "basic",
  about: "Takes a name and a password (RFC 7617), for tools and small teams; passwords are kept as slow hashes only.",
  options: object({
    users: about(
      'Users by name, each the hash of a password ("$2b$…", "$argon2id$…"), or an object with it and with roles, plan and so on; or `file("users.json")` with the same as JSON.',
      usersOption,
    ),
    realm: about(
      "What browsers show when they ask for the password.",
      optional(
        text({ expected: "a text of Latin letters without quotes", pattern: /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/ }),
        "gateway",
      ),
    ),
    remember: about(
      "How long a name and a password that were checked are not checked again: checking takes a tenth of a second.",
      optional(duration(), "5m"),
    ),
    forward: about("Lets passwords that hold reach the service.", optional(flag(), false)),
  }),
  create({ users, realm, remember: keepFor, forward }) {
    // Of this process and this use alone: what is remembered cannot be matched against anything.
    const secret = randomBytes(32)
    const known = new Map<string, { identity: Identity | undefined; until: number }>()
    const checking = new Map<string, Promise<Identity | undefined>>()

    async function check(credentials: string, name: string): Promise<Identity | undefined> {
      const identity = await verify(credentials, users)
      remember(known, mostKnown, name, { identity, until: Date.now() + keepFor })
      return identity
    }

    async function wait(answer: Promise<Identity | undefined>): Promise<Identity> {
      return held(await answer)
    }

    return {
      identify(exchange) {
        const credentials = credentialAt(exchange, place)
        if (credentials === undefined) return undefined
        if (credentials.length > longest) throw new Refused("the credentials are too long")
        const name = createHmac("sha256", secret).update(credentials).digest("base64")
        const found = known.get(name)
        if (found && found.until > Date.now()) return held(found.identity)
        let answer = checking.get(name)
        if (!answer) {
          answer = check(credentials, name).finally(() => checking.delete(name))
          checking.set(name, answer)
        }
        return wait(exchange.unlessOver(answer))
      },
      challenge: () => `Basic realm="${realm}", charset="UTF-8"`,
      places: [place],
      forward,
    }
  },
})

function held(identity: Identity | undefined): Identity {
  // Which of the two is wrong is nobody's business, not even that of the log's readers.
  if (!identity) throw new Refused("the name or the password is wrong")
  return identity
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
// oxlint-disable-next-line no-control-regex
const control = /[\u0000-\u001f\u007f]/
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

async function verify(credentials: string, users: Users): Promise<Identity | undefined> {
  const pair = plain(credentials)
  const colon = pair?.indexOf(":") ?? -1
  if (pair === undefined || colon < 0 || control.test(pair)) throw new Refused("the credentials cannot be read")
  const user = users.get(pair.slice(0, colon))
  // An unknown name takes as long as a wrong password, so that names cannot be found out.
  const hash = user?.hash ?? users.values().next().value?.hash ?? ""
  const holds = await verifyPassword(pair.slice(colon + 1), hash)
  return user && holds ? user.identity : undefined
}

function plain(credentials: string): string | undefined {
  if (credentials === "" || !base64.test(credentials)) return undefined
  try {
    return strict.decode(Buffer.from(credentials, "base64"))
  } catch {
    return undefined
  }
}
