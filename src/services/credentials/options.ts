import { checkClient, clientFields } from "../../core/oauth/client.ts"
import { checkPrivate, serverUrl } from "../../core/oauth/server-url.ts"
import { about, either, listOf, object, type Of, optional, record } from "../../core/schema.ts"
import { duration } from "../../core/units.ts"
import { flag, text } from "../../core/values.ts"

const scope = text({ expected: 'a scope such as "orders:read"', pattern: /^[\x21\x23-\x5b\x5d-\x7e ]+$/ })

const fields = object({
  tokenUrl: about("Where access tokens are asked for.", serverUrl()),
  ...clientFields,
  scope: about(
    "The scopes to ask for: one text with blanks between, or a list.",
    optional(either(scope, listOf(scope))),
  ),
  parameters: about(
    'What else to say in the question, such as { audience: "https://orders.example" }.',
    optional(record(text())),
  ),
  ahead: about(
    "How long before its end a token is replaced; requests go on with the old one meanwhile. At most half of its life.",
    optional(duration(), "1m"),
  ),
  timeout: about("How long asking for a token may take.", optional(duration(), "5s")),
  insecure: about("Asks over plain http on other machines too.", optional(flag(), false)),
})

/** How the gateway gets access tokens of its own (OAuth 2.0 client credentials). */
export type ClientCredentials = Of<typeof fields>

// The question itself says these; another word for them would be read in one of two ways.
const reserved = new Set([
  "grant_type",
  "client_id",
  "client_secret",
  "client_assertion",
  "client_assertion_type",
  "scope",
])

const clientCredentials: typeof fields = {
  ...fields,
  parse(value, path, report) {
    let whole = true
    const options = fields.parse(value, path, (problem) => {
      whole = false
      report(problem)
    })
    if (!whole) return options
    checkClient(options, path, report)
    if (!options.insecure) checkPrivate(options.tokenUrl, [...path, "tokenUrl"], report)
    for (const name of options.parameters?.keys() ?? [])
      if (reserved.has(name))
        report({
          code: "E204",
          path: [...path, "parameters", name],
          on: "key",
          message: `"${name}" is said by the other options.`,
          fix: "Remove it here.",
        })
    return options
  },
}

/** What the gateway shows a service to be let in. */
export const credentialsOptions = object({
  clientCredentials: about(
    "Access tokens of the gateway's own (OAuth 2.0, RFC 6749 section 4.4): kept, replaced ahead of their end, and sent as `authorization: Bearer` in the place of what the client sent.",
    clientCredentials,
  ),
})
