import { readFileSync } from "node:fs"
import { join } from "node:path"

import { folder } from "./executable.ts"

/** One line of what the services of a shop wrote down. */
export interface Happened {
  /** In milliseconds, by a clock that all of them share. */
  readonly at: number
  /** `asked GET /cart`, `answered GET /cart`. */
  readonly what: string
}

/** The services of a shop, each in a process of its own. */
export interface HeldShop extends AsyncDisposable {
  /** Their URLs by name. */
  readonly services: Readonly<Record<string, string>>
  /** What they wrote down so far, in the order in which it happened. */
  happened(): Happened[]
}

const answers = {
  cart: { id: "c1", total: 9300, currency: "EUR" },
  user: { id: "7", name: "Mina" },
  payment: { id: "ch_1", status: "succeeded" },
}

/** What the checkout of the shop answers. */
export const checkedOut = { cart: answers.cart, user: answers.user, charge: answers.payment }

/** The checkout of the shop: cart and user at the same time, then the payment. */
export const checkoutRoute = `"POST /checkout": {
  aggregate: {
    cart: "cart GET /cart",
    user: { call: "user GET /user", fallback: { name: "guest" } },
    charge: {
      call: "payment POST /charge",
      needs: ["cart"],
      body: ({ cart }) => ({ amount: cart.total, currency: cart.currency }),
    },
  },
}`

/** Starts the services, which hold each answer for so many milliseconds. */
export async function heldShop(hold: number): Promise<HeldShop> {
  const place = folder({ happened: "" })
  const log = join(place.path, "happened")
  const script = join(import.meta.dirname, "held-service.ts")
  const running = Object.entries(answers).map(([name, answer]) => {
    const command = [process.execPath, script, String(hold), JSON.stringify(answer), log]
    return { name, child: Bun.spawn(command, { stdin: "pipe", stdout: "pipe" }) }
  })
  const end = async (): Promise<void> => {
    for (const { child } of running) child.kill("SIGKILL")
    await Promise.all(running.map(({ child }) => child.exited))
    place[Symbol.dispose]()
  }
  try {
    const urls = running.map(async ({ name, child }) => [name, `http://127.0.0.1:${await said(child.stdout)}`] as const)
    const services = Object.fromEntries(await Promise.all(urls))
    return { services, happened: () => happenings(log), [Symbol.asyncDispose]: end }
  } catch (error) {
    await end()
    throw error
  }
}

async function said(stdout: ReadableStream<Uint8Array>): Promise<number> {
  const { value } = await stdout.getReader().read()
  const port = Number(new TextDecoder().decode(value))
  if (!(port > 0)) throw new Error("A service of the shop did not start.")
  return port
}

const happenings = (log: string): Happened[] =>
  readFileSync(log, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => ({ at: Number.parseFloat(line), what: line.slice(line.indexOf(" ") + 1) }))
