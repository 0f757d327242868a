// What a client costs that reads far slower than the service sends: `npm run bench -- slow-client`.
import { writeFileSync } from "node:fs"
import type { Socket } from "node:net"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"

import { rawUpstream } from "../support/upstream.ts"
import { print, type Row } from "./support/figures.ts"
import { bellhop, run } from "./support/peers.ts"
import { memory } from "./support/process-cpu.ts"
import { stage } from "./support/stage.ts"

const seconds = Number(process.env.SECONDS ?? 5)

const mb = 1024 * 1024
const size = 100 * mb
const piece = Buffer.alloc(256 * 1024, "x")
let poured = 0

// Bun reads what is there, however little is asked for; this takes a kilobyte from the system and then waits.
const kilobytePerSecond = `exec 3<>/dev/tcp/127.0.0.1/$1
printf 'GET /large HTTP/1.1\\r\\nHost: bench\\r\\n\\r\\n' >&3
while dd bs=1024 count=1 status=none <&3; do sleep 1; done`

await using house = stage()
using service = await rawUpstream(({ target, socket }) => {
  if (target !== "/large") return "HTTP/1.1 204 No Content\r\n\r\n"
  void pour(socket)
  return undefined
})
const gateway = await run(house, bellhop({ "/*": "up" }), service.port)
const { port } = new URL(gateway.url)

print("slow-client", [await slow()])

/** Sends the large body as fast as it is taken. */
async function pour(socket: Socket): Promise<void> {
  poured = 0
  function* pieces(): Generator<Buffer> {
    for (; poured < size; poured += piece.byteLength) yield piece
  }
  socket.write(`HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: ${size}\r\n\r\n`)
  // Nobody waits for the end.
  await pipeline(Readable.from(pieces(), { objectMode: false }), socket).catch(() => undefined)
}

/** By how much the gateway grows while a client takes a kilobyte per second of what a fast service sends. */
async function slow(): Promise<Row> {
  // From here on the system keeps in mind how large the process has been.
  writeFileSync(`/proc/${gateway.pid}/clear_refs`, "5")
  const before = memory(gateway.pid, "VmRSS")
  const client = house.start(["bash", "-c", kilobytePerSecond, "bash", port])
  await service.next("/large")
  await Bun.sleep(seconds * 1000)
  const growth = (memory(gateway.pid, "VmHWM") - before) / 1024
  client.kill()
  const { byteLength } = await new Response(client.stdout).bytes()
  return {
    what: `a client that took ${(byteLength / 1024).toFixed(1)} KB of 100 MB in ${seconds} s`,
    values: { growth, "sent by the service": poured / mb },
    unit: "MB",
    target: { of: "growth", atMost: 32 },
  }
}
