import type { ListedKey } from "../../policies/auth/api-key/issued-keys.ts"
import type { KeyRecord } from "../../policies/auth/api-key/key-record.ts"
import { columns } from "../columns.ts"
import type { Style } from "../style.ts"

/** How a key stands: whether it holds now. */
export function stateOf({ revoked, expires }: KeyRecord, now: number): "active" | "revoked" | "expired" {
  if (revoked !== undefined) return "revoked"
  return expires !== undefined && expires <= now ? "expired" : "active"
}

const day = (time: number | undefined): string => (time === undefined ? "-" : new Date(time).toISOString().slice(0, 10))
const moment = (time: number | undefined): string | undefined =>
  time === undefined ? undefined : new Date(time).toISOString()

/** Keys as a table. */
export function keyTable(keys: readonly ListedKey[], now: number, paint: Style): string {
  const head = ["id", "name", "env", "plan", "expires", "last used", "state"].map(paint.dim)
  const rows = keys.map((key) => {
    const state = stateOf(key, now)
    const colour = state === "active" ? paint.green : paint.red
    const { id, name = "-", environment = "-", plan = "-", expires, used } = key
    return [id, name, environment, plan, day(expires), day(used), colour(state)]
  })
  return columns([head, ...rows], { indent: 0 })
}

/** All that is known of a key. */
export function keyPage(key: ListedKey, now: number): string {
  const rows = Object.entries(keyJson(key, now)).flatMap(([name, value]) => {
    if (value === undefined) return []
    return [[name, typeof value === "string" ? value : JSON.stringify(value)]]
  })
  return columns(rows, { indent: 0 })
}

/** A key for programs: times as texts, and never the key or its hash. */
export function keyJson(key: KeyRecord & { readonly used?: number | undefined }, now: number) {
  const { id, name, subject, environment, plan, tenant, scopes, roles, metadata, replaces } = key
  return {
    id,
    state: stateOf(key, now),
    name,
    subject,
    environment,
    plan,
    tenant,
    scopes,
    roles,
    metadata,
    created: moment(key.created),
    expires: moment(key.expires),
    revoked: moment(key.revoked),
    lastUsed: moment(key.used),
    replaces,
  }
}
