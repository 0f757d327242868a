import { GatewayError } from "../../core/errors.ts"
import {
  type Issued,
  issuedKeys,
  type ListedKey,
  makeIssued,
  type Wish,
} from "../../policies/auth/api-key/issued-keys.ts"
import { defineCommand, type Input } from "../command.ts"
import { exitCodes } from "../exit-codes.ts"
import { config, json } from "../flags.ts"
import { keyEntry } from "../keys/key-entry.ts"
import { keyJson, keyPage, keyTable } from "../keys/key-page.ts"
import { readEnd, readLength } from "../keys/read-times.ts"
import { wishOf } from "../keys/wish-of.ts"
import { withConfig } from "../open-config.ts"
import { style } from "../style.ts"
import { UsageError } from "../usage-error.ts"

const args = [
  {
    name: "action",
    about: "What to do: create, list, show, revoke or roll.",
    values: ["create", "list", "show", "revoke", "roll"],
  },
  {
    name: "key",
    about: "The id of a key, or its name where no other has it: to show, revoke or roll.",
    optional: true,
  },
] as const

const flags = {
  name: { type: "string", value: "TEXT", about: "What the new key is called." },
  env: { type: "string", value: "NAME", about: 'The environment that stands in the new key. Default: "live".' },
  subject: {
    type: "string",
    value: "TEXT",
    about: "Whose key it is; keys of one subject share limits. Default: its id.",
  },
  plan: { type: "string", value: "NAME", about: "The plan of the new key." },
  tenant: { type: "string", value: "NAME", about: "The tenant of the new key." },
  scopes: { type: "string", value: "NAMES", about: "The scopes of the new key, with commas between." },
  roles: { type: "string", value: "NAMES", about: "The roles of the new key, with commas between." },
  metadata: {
    type: "string",
    value: "JSON",
    about: "What else is known of it: an object, the claims of its identity.",
  },
  expires: { type: "string", value: "TIME", about: "When the new key ends: a day, a moment, or how long from now." },
  overlap: {
    type: "string",
    value: "TIME",
    about: 'How long the old key holds beside the one that rolls it. Default: "24h".',
  },
  entry: {
    type: "boolean",
    about: "Creates a key that no store knows: prints the entry for `keys` in the config beside it.",
  },
  json,
  config,
} as const

type Given = Input<typeof args, typeof flags>

/** Makes API keys and ends them. */
export const keys = defineCommand({
  name: "keys",
  about: "Creates, lists, shows, revokes and rolls the API keys of the store.",
  args,
  flags,
  examples: [
    ['bellhop keys create --name "Shop app" --plan gold --expires 90d', "prints a new key, this once"],
    ["bellhop keys list", "all keys, with when they were used last"],
    ["bellhop keys revoke key_4fGh2kLm9pQr", "ends a key within ten seconds"],
    ["bellhop keys roll key_4fGh2kLm9pQr --overlap 7d", "a new key; the old one holds for a week"],
  ],
  async run(input) {
    const { args, flags } = input
    checkFlags(input)
    const now = Date.now()
    const wish = args.action === "create" ? wishOf(flags, now) : undefined
    if (wish && flags.entry) return sayEntry(input, makeIssued(wish, now))
    return withConfig<number>(input, flags.config, exitCodes.invalidConfig, async ({ built }) => {
      if (built.gateway.config.settings.store.part.name === "memory")
        return fail(
          input,
          'The store of the config is "memory", which ends with the gateway: keys would be lost. Write store: "sqlite", or put keys into the config with `bellhop keys create --entry`.',
        )
      try {
        return await act(input, issuedKeys(built.store, Date.now), wish, now)
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error
        return fail(
          input,
          `Cannot use the store: ${error.cause instanceof Error ? error.cause.message : error.message}`,
        )
      }
    })
  },
})

async function act(
  input: Given,
  keys: ReturnType<typeof issuedKeys>,
  wish: Wish | undefined,
  now: number,
): Promise<number> {
  const { args, flags, out, color } = input
  const paint = style(color)
  if (wish) return sayKey(input, await keys.create(wish), now)
  const all = await keys.list()
  if (args.action === "list") {
    if (flags.json) out(printed(all.map((key) => keyJson(key, now))))
    else if (all.length === 0) input.err("There are no keys yet: `bellhop keys create` makes one.\n")
    else out(keyTable(all, now, paint))
    return exitCodes.ok
  }
  const key = meant(all, args.key ?? "")
  if (typeof key === "string") return fail(input, key)
  if (args.action === "show") out(flags.json ? printed(keyJson(key, now)) : keyPage(key, now))
  if (args.action === "revoke") {
    const record = await keys.revoke(key.id)
    if (flags.json) out(printed(record && keyJson(record, now)))
    else
      out(
        `${paint.green("revoked")} ${key.id}; gateways notice within the time that \`recheck\` says, 10 seconds by default\n`,
      )
  }
  if (args.action === "roll") {
    const end = flags.expires === undefined ? undefined : readEnd("--expires", flags.expires, now)
    const issued = await keys.roll(
      key.id,
      flags.overlap === "0s" ? 0 : readLength("--overlap", flags.overlap ?? "24h"),
      end,
    )
    if (issued) return sayKey(input, issued, now, `${key.id} holds for another ${flags.overlap ?? "24h"} at most.`)
  }
  return exitCodes.ok
}

const takes: Readonly<Record<(typeof args)[0]["values"][number], readonly (keyof typeof flags)[]>> = {
  create: ["name", "env", "subject", "plan", "tenant", "scopes", "roles", "metadata", "expires", "entry"],
  list: [],
  show: [],
  revoke: [],
  roll: ["overlap", "expires"],
}

/** A flag that an action does not look at was meant for something. */
function checkFlags({ args: { action, key }, flags }: Given): void {
  for (const [name, value] of Object.entries(flags)) {
    const common = name === "json" || name === "config"
    if (common || value === undefined || value === false || takes[action].includes(name as keyof typeof flags)) continue
    throw new UsageError(`"--${name}" has no effect on "bellhop keys ${action}".`, "Leave it out.")
  }
  const needsKey = action === "show" || action === "revoke" || action === "roll"
  if (needsKey && key === undefined) throw new UsageError(`Say which key: bellhop keys ${action} <key>.`)
  if (!needsKey && key !== undefined) throw new UsageError(`"bellhop keys ${action}" takes no key.`, "Leave it out.")
}

/** The key that a word means, or why none is meant. */
function meant(all: readonly ListedKey[], word: string): ListedKey | string {
  const byId = all.find(({ id }) => id === word)
  if (byId) return byId
  const named = all.filter(({ name }) => name === word)
  const [one] = named
  if (one && named.length === 1) return one
  return one
    ? `${named.length} keys have the name ${JSON.stringify(word)}: ${named.map(({ id }) => id).join(", ")}. Give the id of one.`
    : `No key has the id or the name ${JSON.stringify(word)}. \`bellhop keys list\` shows all.`
}

/** The key alone goes to the output, for scripts; what a person should know goes beside it. */
function sayKey({ flags, out, err, color }: Given, { key, record }: Issued, now: number, more = ""): number {
  const paint = style(color)
  if (flags.json) out(printed({ key, ...keyJson(record, now) }))
  else {
    out(`${key}\n`)
    err(
      `${paint.green("created")} ${record.id}. Copy the key now: it is not kept, only its hash. ${more}`.trimEnd() +
        "\n",
    )
  }
  return exitCodes.ok
}

function sayEntry({ flags, out, err, color }: Given, issued: Issued): number {
  const { key } = issued
  const entry = keyEntry(issued)
  if (flags.json) out(printed({ key, keys: entry }))
  else {
    out(`${key}\n`)
    const made = style(color).green("created")
    err(`${made}. Copy the key now: it is not kept. For \`keys\` in the config, or in its file:\n${printed(entry)}`)
  }
  return exitCodes.ok
}

const printed = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

function fail({ err, color }: Given, message: string): number {
  err(`${style(color).red("error")} ${message}\n`)
  return exitCodes.failure
}
