import { isObject } from "../../core/schema.ts"
import type { Wish } from "../../policies/auth/api-key/issued-keys.ts"
import { environmentShape } from "../../policies/auth/api-key/key-text.ts"
import { UsageError } from "../usage-error.ts"
import { readEnd } from "./read-times.ts"

type Said = Readonly<
  Record<
    "name" | "env" | "subject" | "plan" | "tenant" | "scopes" | "roles" | "metadata" | "expires",
    string | undefined
  >
>

/** What a command line says of a new key. */
export function wishOf(flags: Said, now: number): Wish {
  const { name, env: environment = "live", subject, plan, tenant, scopes, roles, metadata, expires } = flags
  if (!environmentShape.test(environment))
    throw new UsageError(`--env cannot be ${JSON.stringify(environment)}.`, "Use up to 16 small letters and digits.")
  return {
    name,
    environment,
    subject,
    plan,
    tenant,
    scopes: words(scopes),
    roles: words(roles),
    metadata: metadata === undefined ? undefined : objectOf(metadata),
    expires: expires === undefined ? undefined : readEnd("--expires", expires, now),
  }
}

const words = (text: string | undefined): string[] | undefined =>
  text
    ?.split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "")

function objectOf(text: string): Record<string, unknown> {
  let found: unknown
  try {
    found = JSON.parse(text)
  } catch {
    found = undefined
  }
  if (isObject(found)) return found
  throw new UsageError("--metadata is no JSON object.", `Write it like '{"contact":"ada@example.com"}'.`)
}
