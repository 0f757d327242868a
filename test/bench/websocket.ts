// What WebSockets cost, and whether any is lost: `npm run bench -- websocket`.
import { join } from "node:path"

import { folder, serving } from "../support/executable.ts"
import { rssOf } from "../support/reload-load.ts"
import { numbered, save } from "../support/saves.ts"
import { type OpenSocket, openSocket } from "../support/websocket.ts"
import { print, type Row } from "./support/figures.ts"
import { cpuSeconds } from "./support/process-cpu.ts"

const idle = Number(process.env.IDLE ?? 9000)
const busy = Number(process.env.CLIENTS ?? 1000)
const reloads = Number(process.env.RELOADS ?? 50)
const seconds = Number(process.env.SECONDS ?? 3)

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

/** What a client costs that says nothing. */
async function memory(): Promise<Row> {
  await Bun.sleep(1000)
  const before = rssOf(gateway.pid)
  const clients = await opened(gateway.url, idle)
  await Bun.sleep(1000)
  const each = ((rssOf(gateway.pid) - before) * 1024) / idle
  for (const client of clients) client[Symbol.dispose]()
  return { what: `${idle} idle clients`, values: { each }, unit: "kB", target: { of: "each", atMost: 20 } }
}
