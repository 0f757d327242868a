import type { Exchange } from "../../core/exchange.ts"
import type { Identity } from "../../core/identity.ts"
import { about, object, optional } from "../../core/schema.ts"
import { duration } from "../../core/units.ts"
import { flag, text } from "../../core/values.ts"
import { keyList } from "./api-key/key-list.ts"
import { identityOf, type KeyRecord, wrongWith } from "./api-key/key-record.ts"
import { digestOf, environmentOf, environmentShape, isOurs } from "./api-key/key-text.ts"
import { storedKeys } from "./api-key/stored-keys.ts"
import { placeOption } from "./place-option.ts"
import { credentialAt } from "./place.ts"
import { defineScheme, type Place, Refused } from "./scheme.ts"

const standardPlaces: readonly Place[] = [{ in: "header", name: "x-api-key" }]

// Longer ones are nobody's.
const longest = 512

/** Tells who asks by an API key. */
export const apiKey = defineScheme({
  name: "apiKey",
  about:
    "Takes API keys: those of the store, which `bellhop keys` makes, lists and revokes, or those that stand in `keys`. A key is kept as its hash only.",
  options: object({
    from: about(
      'Where the key stands: `{ header }`, `{ header, word: "Bearer" }`, `{ cookie }`, `{ query }`, or a list of these. Default: the header "x-api-key".',
      optional(placeOption),
    ),
    keys: about(
      'Keys by the names that may be printed: each its hash, a secret, or an object with its plan, scopes and so on; or `file("keys.json")` with the same as JSON, read again when it changes. With them, those of the store are taken only where `store` says so.',
      optional(keyList),
    ),
    store: about("Takes the keys of the store. Default: true without `keys`, false with them.", optional(flag())),
    environment: about(
      'Takes only keys of this environment, of those that bellhop made: "live" takes "bh_live_…".',
      optional(text({ expected: 'small letters and digits, such as "live"', pattern: environmentShape })),
    ),
    recheck: about(
      "How soon it is noticed that a key of the store was changed or revoked; until then the store is not asked again.",
      optional(duration(), "10s"),
    ),
    forward: about("Lets keys that hold reach the service.", optional(flag(), false)),
  }),
  check({ keys, store = keys === undefined }, known, path, report) {
    if (store && known.storeEnds)
      report({
        code: "E704",
        path,
        message: "The store ends with the gateway: nobody can put a key into it.",
        fix: 'Write store: "sqlite", or put keys here with `bellhop keys create --entry`.',
      })
    if (!keys && !store)
      report({
        code: "E204",
        path: [...path, "store"],
        message: "There are no keys: the store is switched off, and none stand here.",
        fix: "Add keys, or remove the option.",
      })
  },
  create({ from: places = standardPlaces, keys, store = keys === undefined, environment, recheck, forward }, tools) {
    const stored = store ? storedKeys(tools) : undefined
    const prefix = environment === undefined ? undefined : `bh_${environment}_`
    // By their texts, once they were shown: no more than there are keys.
    const verified = new Map<string, { record: KeyRecord; identity: Identity }>()

    function verify(text: string): Identity | Promise<Identity> {
      if (text === "" || text.length > longest) throw new Refused("the key is empty or too long")
      const ours = isOurs(text) ? environmentOf(text) : undefined
      if (ours === undefined && isOurs(text)) throw new Refused("the checksum of the key is wrong")
      if (ours !== undefined && environment !== undefined && ours !== environment)
        throw new Refused(`the key is of the environment "${ours}"`)
      // Digests of guesses are no guesses: how long this takes says nothing about keys.
      const record = keys?.get(digestOf(text))
      if (!record) {
        if (stored && ours !== undefined) return stored.find(text, recheck)
        throw new Refused("nobody has this key")
      }
      const wrong = wrongWith(record, Date.now())
      if (wrong !== undefined) throw new Refused(wrong)
      const identity = identityOf(record)
      verified.set(text, { record, identity })
      return identity
    }

    return {
      identify(exchange) {
        const text = shownIn(exchange, places)
        if (text === undefined) return undefined
        const found = verified.get(text)
        if (!found) {
          const inEnvironment = prefix === undefined || text.startsWith(prefix)
          return (inEnvironment ? stored?.recall(text, recheck) : undefined) ?? verify(text)
        }
        if (found.record.expires === undefined) return found.identity
        const wrong = wrongWith(found.record, Date.now())
        if (wrong !== undefined) throw new Refused(wrong)
        return found.identity
      },
      challenge: () => "ApiKey",
      places,
      forward,
    }
  },
})

/** The key of a request; of several only where they are the same. */
function shownIn(exchange: Exchange, places: readonly Place[]): string | undefined {
  let found: string | undefined
  for (let at = 0; at < places.length; at++) {
    const one = credentialAt(exchange, places[at] as Place)
    if (one === undefined) continue
    if (found !== undefined && one !== found) throw new Refused("two keys at once")
    found = one
  }
  return found
}
