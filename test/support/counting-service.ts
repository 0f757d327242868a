// A service in a process of its own, so that it can be killed: `counting-service.ts <name> <port>`. Says its port, and
// then the `x-id` of every request before it does anything with it; its answer is its name.
import { writeSync } from "node:fs"

const [, , name = "", port = "0"] = process.argv
const say = (line: string): void => void writeSync(1, `${line}\n`)

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(port),
  development: false,
  async fetch(request) {
    say(request.headers.get("x-id") ?? "")
    // It takes a moment, so that a kill finds requests under way.
    await Promise.all([request.text(), Bun.sleep(2)])
    return new Response(name)
  },
})
say(`${server.port}`)
