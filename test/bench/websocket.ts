// What WebSockets cost, and whether any is lost: `npm run bench -- websocket`.
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

import { folder, serving } from "../support/executable.ts"
import { rssOf } from "../support/reload-load.ts"
import { numbered, save } from "../support/saves.ts"
import { type OpenSocket, openSocket } from "../support/websocket.ts"
import { print, type Row } from "./support/figures.ts"
import { cpuSeconds } from "./support/process-cpu.ts"

const idle = Number(process.env.IDLE ?? 10_000)
const busy = Number(process.env.CLIENTS ?? 1000)
const reloads = Number(process.env.RELOADS ?? 50)
const seconds = Number(process.env.SECONDS ?? 3)
// Files that the gateway may need besides: for a reload, a log, the client that comes last.
const spare = 20

const rows: Row[] = []
const service = Bun.spawn([process.execPath, join(import.meta.dir, "support/socket-echo.ts")], { stdout: "pipe" })
const { value: said } = await service.stdout.getReader().read()
const upstream = `http://127.0.0.1:${new TextDecoder().decode(said).trim()}`
const config = (n: number): string =>
  numbered(n, `services: { chat: "${upstream}" },`, `"/chat": "chat", "/n/${n}": "chat",`)
using shop = folder({ "gateway.config.ts": config(0) })
await using gateway = await serving(shop.path, { command: "start", args: ["--watch"] })

rows.push(await roundTrips("direct", upstream), await roundTrips("through the gateway", gateway.url))
rows.push(await throughReloads(), await memory())
print("websocket", rows)
service.kill()

async function opened(url: string, count: number): Promise<OpenSocket[]> {
  const all: OpenSocket[] = []
  while (all.length < count)
    all.push(
      ...(await Promise.all(
        Array.from({ length: Math.min(100, count - all.length) }, () => openSocket(`${url}/chat`)),
      )),
    )
  return all
}

/** How often fifty clients can say something and hear it back. */
async function roundTrips(what: string, url: string): Promise<Row> {
  const clients = await opened(url, 50)
  let count = 0
  const cpu = cpuSeconds(gateway.pid)
  const end = performance.now() + seconds * 1000
  await Promise.all(
    clients.map(async (client) => {
      for (; performance.now() < end; count++) await client.ask("a message of forty letters, more or less")
    }),
  )
  const used = cpuSeconds(gateway.pid) - cpu
  for (const client of clients) client[Symbol.dispose]()
  return {
    what: `round trips, ${what}`,
    values: { "per second": Math.round(count / seconds), "gateway's µs each": (used * 1e6) / count },
    unit: "",
  }
}

/** Clients that talk without a pause while other routes change. */
async function throughReloads(): Promise<Row> {
  const clients = await opened(gateway.url, busy)
  let answers = 0
  let wrong = 0
  let lost = 0
  let done = false
  const talking = clients.map(async (client, index) => {
    try {
      for (let n = 0; !done; n++) {
        if ((await client.ask(`${index} ${n}`)) !== `${index} ${n}`) wrong++
        answers++
        await Bun.sleep(100)
      }
    } catch {
      lost++
    }
  })
  for (let n = 1; n <= reloads; n++) {
    save(shop.path, "gateway.config.ts", config(n))
    await gateway.next(({ outcome, generation }) => outcome === "applied" && generation === n + 1)
  }
  done = true
  await Promise.all(talking)
  for (const client of clients) client[Symbol.dispose]()
  if (lost + wrong > 0) process.exitCode = 1
  const what = `${busy} clients through ${reloads} reloads of other routes`
  return { what, values: { answers, wrong, lost }, unit: "", target: { of: "lost", atMost: 0 } }
}

/** What clients cost that say nothing. */
async function memory(): Promise<Row> {
  // One that has served nobody yet: what others left in memory would be taken for free.
  await using quiet = await serving(shop.path, { command: "start" })
  const { pid } = quiet
  const url = `${quiet.url}/chat`
  const { count, why } = mostClients(pid)
  await Bun.sleep(1000)
  const before = rssOf(pid)
  const clients = await Promise.all(
    [Math.ceil(count / 2), Math.floor(count / 2)].map((half) => quietClients(url, half)),
  )
  const open = clients.reduce((sum, one) => sum + one.open, 0)
  await Bun.sleep(1000)
  const after = rssOf(pid)
  using another = await openSocket(url)
  const heard = (await another.ask("heard")) === "heard"
  await Promise.all(clients.map(({ leave }) => leave()))
  if (open < count || !heard) process.exitCode = 1
  return {
    what: `${open} idle clients${why}`,
    values: { each: ((after - before) * 1024) / open, all: (after - before) * 1024 },
    unit: "kB",
    target: { of: "each", atMost: 20 },
  }
}

/** As many clients as there should be, or as this machine has files for: each takes the gateway two. */
function mostClients(pid: number): { count: number; why: string } {
  const [, limit = ""] = /^Max open files\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, "utf8")) ?? []
  const free = Number(limit) - readdirSync(`/proc/${pid}/fd`).length - spare
  const count = Math.min(idle, Math.floor(free / 2))
  return { count, why: count < idle ? ` of ${idle}, as a process may have ${limit} files here` : "" }
}

/** Clients in a process of their own, because files are counted by process. */
async function quietClients(url: string, count: number): Promise<{ open: number; leave(): Promise<unknown> }> {
  const script = join(import.meta.dir, "support/socket-clients.ts")
  const child = Bun.spawn([process.execPath, script, url, `${count}`], {
    stdin: "pipe",
    stdout: "pipe",
  })
  const { value } = await child.stdout.getReader().read()
  const leave = async (): Promise<unknown> => {
    await child.stdin.end()
    return child.exited
  }
  return { open: Number(new TextDecoder().decode(value)), leave }
}
