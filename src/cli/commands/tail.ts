import { readFilter, WrongFilter } from "../../observe/recorder/filter.ts"
import type { Summary } from "../../observe/recorder/shown.ts"
import { events } from "../admin/events.ts"
import { admin, type AdminDoor, CannotReach, withAdmin } from "../admin/reach-admin.ts"
import type { Io } from "../command.ts"
import { defineCommand } from "../command.ts"
import { exchangeLine } from "../exchanges/exchange-line.ts"
import { exitCodes } from "../exit-codes.ts"
import { config, json } from "../flags.ts"
import { style } from "../style.ts"
import { UsageError } from "../usage-error.ts"

// Between two looks at whether a gateway that ended is there again.
const patience = 500

/** Shows exchanges as they end. */
export const tail = defineCommand({
  name: "tail",
  about: "Shows each exchange of the running gateway as it ends; an aggregate with what was done when.",
  args: [],
  flags: {
    filter: {
      type: "string",
      value: "TERMS",
      short: "f",
      about:
        'Which exchanges: "status=5xx", "method=POST took>100ms", "path=/users/*", "service=cart"; a word alone is looked for in the path. All terms have to fit.',
    },
    last: { type: "number", value: "COUNT", short: "n", about: "How many of those before come first. Default: 10." },
    follow: { type: "boolean", negatable: true, about: "Ends after those before." },
    json,
    admin,
    config,
  },
  examples: [
    ["bellhop tail", "everything, as it happens"],
    ["bellhop tail --filter status=5xx", "what fails"],
    ["bellhop tail --filter took>1s --json", "slow ones, for a program"],
    ["bellhop tail --last 50 --no-follow", "the last fifty"],
  ],
  run(input) {
    const { flags } = input
    const filter = flags.filter ?? ""
    const last = flags.last ?? 10
    check(filter, last)
    const tell = flags.json
      ? (text: string): void => input.out(`${text}\n`)
      : (text: string): void => input.out(exchangeLine(JSON.parse(text) as Summary, input))
    return withAdmin(input, flags, async (door) => {
      if (!flags.follow) return await before(door, filter, last, tell)
      // A reader that has seen enough closes its end: without it nobody would ever end this.
      process.stdout.on("error", () => process.exit(exitCodes.ok))
      let after: string | undefined
      for (;;) {
        after = await follow(door, { filter, last, after }, tell, input)
        after = await untilBack(door, after, input)
      }
    })
  },
})

function check(filter: string, last: number): void {
  if (last > 500) throw new UsageError(`"--last" is 500 at most, not ${last}.`)
  try {
    readFilter(filter)
  } catch (error) {
    throw error instanceof WrongFilter ? new UsageError(error.message) : error
  }
}

async function before(door: AdminDoor, filter: string, last: number, tell: (text: string) => void): Promise<number> {
  const answer = await door.ask(`/exchanges?${new URLSearchParams({ filter, limit: String(last), tree: "true" })}`)
  const { exchanges } = (await answer.json()) as { exchanges: Summary[] }
  for (const exchange of exchanges.toReversed()) tell(JSON.stringify(exchange))
  return exitCodes.ok
}

/** Tells of exchanges until the stream ends; gives the id of the last one. */
async function follow(
  door: AdminDoor,
  { filter, last, after }: { filter: string; last: number; after: string | undefined },
  tell: (text: string) => void,
  io: Io,
): Promise<string | undefined> {
  const paint = style(io.color)
  const query = new URLSearchParams({ filter, last: String(last), tree: "true" })
  const headers: Record<string, string> = after === undefined ? {} : { "last-event-id": after }
  const { body } = await door.ask(`/exchanges/stream?${query}`, { headers })
  let latest = after
  try {
    for await (const { event, data, id } of events(body ?? new ReadableStream())) {
      latest = id ?? latest
      if (event === "exchange") tell(data)
      else if (event === "dropped") {
        const { count } = JSON.parse(data) as { count: number }
        io.err(paint.yellow(`… ${count} more: too many to show each\n`))
      }
    }
  } catch {
    // The gateway ended in the middle of it.
  }
  return latest
}

/** Waits until the gateway is there again, as it is after it was started anew; what it kept of before is gone then. */
async function untilBack(door: AdminDoor, after: string | undefined, io: Io): Promise<string | undefined> {
  const paint = style(io.color)
  for (let tries = 0; ; tries++)
    try {
      await door.ask("/exchanges?limit=0")
      if (tries > 0) io.err(paint.dim("the gateway is back\n"))
      return after
    } catch (error) {
      if (!(error instanceof CannotReach) || error.status !== undefined) throw error
      if (tries === 0) io.err(paint.dim(`the gateway at ${door.url} ended: waiting for it to come back\n`))
      await Bun.sleep(patience)
    }
}
