// An upstream that costs as little as possible: answers made beforehand. Prints its port.
//   /large    1 MB
//   /head     the head of the request, as it came
//   the rest  1 KB of JSON
interface Unsent {
  readonly bytes: Buffer
  readonly from: number
}

const answer = (type: string, body: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from(
      `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nCache-Control: no-store\r\nContent-Length: ${body.byteLength}\r\n\r\n`,
    ),
    body,
  ])
const small = answer("application/json", Buffer.from(JSON.stringify({ text: "x".repeat(1024 - '{"text":""}'.length) })))
const large = answer("application/octet-stream", Buffer.alloc(1024 * 1024, "x"))

function answerTo(head: Buffer): Buffer {
  // Far cheaper than to parse it.
  const start = head.toString("latin1", 0, 11)
  if (start === "GET /large ") return large
  return start.startsWith("GET /head ") ? answer("text/plain", head) : small
}

function send(socket: Bun.Socket<Unsent | undefined>, bytes: Buffer, from: number): void {
  const at = from + Math.max(0, socket.write(bytes, from))
  socket.data = at < bytes.byteLength ? { bytes, from: at } : undefined
}

const server = Bun.listen<Unsent | undefined>({
  hostname: "127.0.0.1",
  port: 0,
  socket: {
    data(socket, data) {
      // Who asks waits for the answer before asking again: an empty line ends the one head that is under way.
      if (data.at(-1) === 10 && data.at(-3) === 10) send(socket, answerTo(data), 0)
    },
    drain(socket) {
      if (socket.data) send(socket, socket.data.bytes, socket.data.from)
    },
  },
})
console.log(server.port)

export {}
