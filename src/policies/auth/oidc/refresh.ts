import { createHash } from "node:crypto"

import { GatewayError } from "../../../core/errors.ts"
import type { Tools } from "../../../core/part.ts"
import { isObject } from "../../../core/schema.ts"
import { Refused } from "../scheme.ts"
import { secretsOf } from "../session/options.ts"
import { sealing } from "../session/seal.ts"
import type { Session } from "../session/session.ts"
import type { Client } from "./client.ts"
import { type Content, contentOf } from "./tokens.ts"

/** Gets new tokens for a session; undefined when the provider gives none any more. */
export type Refresh = (session: Session) => Promise<Content | undefined>

// Longer than the provider may take: whoever holds this and is gone will not come back.
const patience = 15_000
const pause = 50

/**
 * Gets new tokens, once for all requests that want them at the same time, in all processes with the same store. The
 * outcome is remembered: requests that were sent with the old tokens may still come, and a provider takes a refresh
 * token that comes twice for a stolen one.
 */
export function refreshing(client: Client, { keep, store }: Pick<Tools, "keep" | "store">): Refresh {
  const { options, provider } = client
  const { issuer, clientId, session: chosen } = options
  const seal = sealing(secretsOf(chosen), `tokens of oidc ${JSON.stringify([issuer, clientId])}`)
  const under = keep(`refreshes ${seal.id}`, () => new Map<string, Promise<Content | undefined>>())

  return (session) => {
    const { tokens } = session
    if (tokens?.refresh === undefined) return Promise.resolve(undefined)
    // Not by the refresh token alone: some providers give the same one again and again.
    const generation = JSON.stringify([tokens.refresh, tokens.access])
    const key = `oidc refresh ${createHash("sha256").update(generation).digest("base64url")}`
    const same = under.get(key)
    if (same) return same
    const begun = once(key, { claims: session.claims, tokens }, tokens.refresh).finally(() => under.delete(key))
    under.set(key, begun)
    return begun
  }

  async function once(key: string, before: Content, token: string): Promise<Content | undefined> {
    const end = performance.now() + patience
    while (performance.now() < end) {
      if (await store.add(key, busy, patience)) return ask(key, before, token)
      const found = await store.get(key)
      if (found && found.length > 1) return outcomeIn(await seal.open(new TextDecoder().decode(found)))
      await Bun.sleep(pause)
    }
    throw new GatewayError("unavailable", "The login could not be renewed: try again.", {
      headers: { "retry-after": "5" },
    })
  }

  async function ask(key: string, before: Content, token: string): Promise<Content | undefined> {
    let content: Content | undefined
    try {
      const { token: url } = await provider.described()
      const answer = await provider.ask(url, { grant_type: "refresh_token", refresh_token: token })
      content = await contentOf(answer, { before }, provider, options)
    } catch (error) {
      if (!(error instanceof Refused)) {
        await store.remove(key, busy)
        throw error
      }
      content = undefined
    }
    // As long as a cookie with the old tokens may come.
    await store.set(key, new TextEncoder().encode(await seal.close({ content })), chosen.idle)
    return content
  }
}

const busy = new Uint8Array([1])

const outcomeIn = (value: Record<string, unknown> | undefined): Content | undefined =>
  isObject(value?.["content"]) ? (value["content"] as unknown as Content) : undefined
