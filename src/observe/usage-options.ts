import { about, either, object, type Of, optional, type Schema, schema } from "../core/schema.ts"
import { duration } from "../core/units.ts"
import { checkedText, flag } from "../core/values.ts"

const address = checkedText("a URL that begins with http:// or https://", (found, isSecret) => {
  const url = URL.parse(found)
  if (url && /^https?:$/.test(url.protocol)) return undefined
  const got = isSecret ? "another value" : JSON.stringify(found)
  return {
    message: `Expected a URL that begins with http:// or https://, got ${got}.`,
    fix: "Write it whole, with its path.",
  }
})

const shortest = 16

const signingKey = checkedText("a secret of at least 16 characters", (found) =>
  keyOf(found).byteLength >= shortest
    ? undefined
    : { message: "Expected a secret of at least 16 characters.", fix: 'Write it as env("USAGE_WEBHOOK_SECRET").' },
)

/** The bytes of a secret: those with this beginning are in base64, as Standard Webhooks has them. */
const keyOf = (secret: string): Buffer =>
  secret.startsWith("whsec_") ? Buffer.from(secret.slice(6), "base64") : Buffer.from(secret)

const webhook = object({
  url: about("Where batches are posted: JSON, signed as Standard Webhooks has it.", address),
  secret: about("What they are signed with; one that begins with `whsec_` is in base64.", signingKey),
  every: about(
    "How often. A batch is sent again under the same `webhook-id` until it is answered with 2xx, after a restart too: the receiver takes each id once.",
    optional(duration(), "5m"),
  ),
})

/** A receiver of what was used, with its key ready to sign with. */
export interface WebhookOptions {
  readonly url: string
  readonly secret: Buffer
  readonly every: number
}

const written = object({
  keep: about("How long an hour of usage can be asked for.", optional(duration(), "400d")),
  bytes: about(
    "Counts the bytes of all answers too, and not only where a plan has a limit of them.",
    optional(flag(), true),
  ),
  webhook: about("Posts what was used to a billing system.", optional(webhook)),
})

/** How the account of usage is kept, and who is told. */
export interface UsageOptions {
  readonly keep: number
  readonly bytes: boolean
  readonly webhook: WebhookOptions | undefined
}

const on = schema<true>({ expected: "true", types: "true", accepts: (value) => value === true })

const both: Schema<true | Of<typeof written>> = either(on, written)

/** What a config says about the account of usage; `true` stands for all that is standard. */
export const usageOption: Schema<UsageOptions> = {
  ...both,
  parse(value, path, report) {
    const said = both.parse(value, path, report)
    const { webhook: given, ...options } = said === true ? written.parse({}, path, report) : (said ?? {})
    return { ...options, webhook: given && { ...given, secret: keyOf(given.secret ?? "") } }
  },
}
