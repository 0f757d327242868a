// A service in a process of its own that holds each answer for a while by its own clock, and writes down what happened
// when, in a file that several of them share: `held-service.ts <milliseconds> <answer> <file>`. Says its port, and stays
// until its input ends.
//   <time> asked POST /charge {"amount":9300}
//   <time> answered POST /charge
import { appendFileSync } from "node:fs"

const [, , hold = "0", answer = "null", file = ""] = process.argv

// One clock for all processes of a machine; what is appended at once is never mixed with what others append.
const note = (what: string): void =>
  appendFileSync(file, `${(Number(process.hrtime.bigint()) / 1e6).toFixed(3)} ${what}\n`)

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  development: false,
  async fetch(request) {
    const what = `${request.method} ${new URL(request.url).pathname}`
    const body = await request.text()
    note(`asked ${what}${body && ` ${body}`}`)
    await Bun.sleep(Number(hold))
    note(`answered ${what}`)
    return new Response(answer, { headers: { "content-type": "application/json" } })
  },
})
console.log(server.port)
await Bun.stdin.text()
process.exit()
