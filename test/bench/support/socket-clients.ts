// Clients in a process of their own that open WebSockets and then say nothing: `socket-clients.ts <url> <count>`.
// Says how many are open, once all were tried, and stays until its input ends.
import { openSocket } from "../../support/websocket.ts"

const [, , url = "", count = "0"] = process.argv
const wanted = Number(count)

let open = 0
for (let tried = 0; tried < wanted; tried += 100)
  await Promise.all(
    Array.from({ length: Math.min(100, wanted - tried) }, () =>
      openSocket(url).then(
        () => open++,
        () => undefined,
      ),
    ),
  )
console.log(open)
await Bun.stdin.text()
process.exit()
