import { type Identity, identity } from "../../../core/identity.ts"
import {
  about,
  either,
  isObject,
  listOf,
  object,
  type Of,
  optional,
  record,
  type Schema,
  schema,
} from "../../../core/schema.ts"
import { anyObject, checkedText, text } from "../../../core/values.ts"
import { orJsonSecret } from "../json-secret.ts"

/** One who may come in with a password. */
export interface User {
  readonly hash: string
  readonly identity: Identity
}

/** Users by their names. */
export type Users = ReadonlyMap<string, User>

// What Bun.password reads: anything else would fail on the first request.
const argon = /^\$argon2(id|i|d)\$v=19\$m=\d{1,7},t=\d{1,4},p=\d{1,3}\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{22,}$/
const bcrypt = /^\$2[aby]\$(0[4-9]|[12]\d|3[01])\$[A-Za-z0-9./]{53}$/

const password = checkedText("the hash of a password", (found) =>
  argon.test(found) || bcrypt.test(found)
    ? undefined
    : {
        message: "Expected the hash of a password: argon2 or bcrypt.",
        fix: "Make one with `htpasswd -nB <name>`; a password itself is never written into a config.",
      },
)

const texts = () => listOf(text())

const entry = object({
  password: about('The hash of the password: "$argon2id$…" or "$2b$…".', password),
  plan: about("The plan that limits and quotas go by.", optional(text())),
  tenant: about("The tenant the user belongs to.", optional(text())),
  scopes: about("What the user may do, for `authorize`.", optional(texts())),
  roles: about("The roles of the user, for `authorize`.", optional(texts())),
  metadata: about("What else is known: the claims of the identity.", optional(anyObject())),
})

// RFC 7617 section 2: a name ends at the first colon.
const users = record(
  either(password, entry),
  // oxlint-disable-next-line no-control-regex
  text({ expected: "the name of a user, without a colon", pattern: /^[^:\u0000-\u001f\u007f]{1,200}$/ }),
)

/** The users of a config. */
export const usersOption: Schema<Users> = orJsonSecret({
  ...schema<Users>({ expected: "an object of users by name", types: users.types, accepts: isObject }),
  parse(value, path, report) {
    const given = users.parse(value, path, report)
    if (given?.size === 0) report({ code: "E205", path, message: "No users.", fix: "Add one." })
    return new Map([...(given ?? [])].map(([name, one]) => [name, userOf(name, one)]))
  },
})

function userOf(name: string, one: string | Of<typeof entry> | undefined): User {
  const {
    password: hash,
    metadata,
    ...known
  } = typeof one === "string" ? ({ password: one } as Of<typeof entry>) : (one ?? ({} as Of<typeof entry>))
  return { hash, identity: identity({ ...known, scheme: "basic", subject: name, claims: metadata }) }
}
