// An upstream that costs as little as possible: answers every request head with the same bytes. Prints its port.
const body = Buffer.alloc(Number(process.argv[2] ?? 1024), "x")
const answer = Buffer.concat([
  Buffer.from(
    `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: no-store\r\nContent-Length: ${body.byteLength}\r\n\r\n`,
  ),
  body,
])
const server = Bun.listen({
  hostname: "127.0.0.1",
  port: 0,
  socket: {
    data(socket, data) {
      for (let at = data.indexOf("\r\n\r\n"); at >= 0; at = data.indexOf("\r\n\r\n", at + 4)) socket.write(answer)
    },
  },
})
console.log(server.port)

export {}
