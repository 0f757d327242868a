import type { Issued } from "../../policies/auth/api-key/issued-keys.ts"
import { digestOf } from "../../policies/auth/api-key/key-text.ts"

/** A key as an entry for `keys` in the config: its hash, and what is known of it. */
export function keyEntry({ key, record }: Issued): unknown {
  const { id, name, environment: _, created: __, replaces: ___, expires, subject, ...known } = record
  const entry = {
    key: `sha256:${digestOf(key)}`,
    subject: subject === id ? undefined : subject,
    ...known,
    expires: expires === undefined ? undefined : new Date(expires).toISOString(),
  }
  // Without what nothing was said of.
  return JSON.parse(JSON.stringify({ [entryName(name) ?? id]: entry }))
}
/** A name as the config takes it for an entry. */
const entryName = (name: string | undefined): string | undefined =>
  name
    ?.toLowerCase()
    .replace(/[^a-z0-9_.@:-]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 100) || undefined
