// A service in a process of its own that takes WebSockets and sends back what it gets; says its port.
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  development: false,
  fetch: (request, self) => (self.upgrade(request) ? undefined : new Response("plain")),
  websocket: { idleTimeout: 0, message: (socket, message) => void socket.send(message) },
})
console.log(server.port)

export {}
