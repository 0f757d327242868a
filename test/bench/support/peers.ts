import { dirname } from "node:path"

import { executable } from "../../support/executable.ts"
import { freePort } from "../../support/upstream.ts"
import type { Program, Stage } from "./stage.ts"

/** A gateway that is measured: where it listens, and the process whose time and memory count. */
export interface Peer {
  readonly name: string
  readonly url: string
  readonly pid: number
}

/** How to run a gateway in front of the upstream at a port. */
export interface Setup {
  readonly name: string
  /** The file that its config is in. */
  readonly file: string
  config(port: number, upstream: number): string
  command(file: string): readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

// All of them: one thread for the work, connections kept on both sides, no access log; the service gets an id of the
// request and is told who asked for which host by which scheme.

/** Bellhop as it comes; its routes are to be said. */
export const bellhop = (
  routes: Readonly<Record<string, unknown>>,
  name = "bellhop",
  settings: Readonly<Record<string, unknown>> = {},
): Setup => ({
  name,
  file: "gateway.config.ts",
  config: (port, upstream) => `import { defineGateway } from "bellhop"

export default defineGateway({
  listen: { host: "127.0.0.1", port: ${port} },
  admin: false,
  services: { up: "http://127.0.0.1:${upstream}" },
  ...${JSON.stringify(settings)},
  routes: ${JSON.stringify(routes, undefined, 2)},
})
`,
  command: () => [executable, "start", "--json"],
})

const nginx = (name = "nginx", more = ""): Setup => ({
  name,
  file: "nginx.conf",
  // Bodies pass through memory only, as they do everywhere else.
  config: (port, upstream) => `daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr error;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  upstream up { server 127.0.0.1:${upstream}; keepalive 128; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port};
    keepalive_requests 100000000;
    location / {
      proxy_pass http://up;
      proxy_http_version 1.1;
      proxy_max_temp_file_size 0;
      ${more}
      proxy_set_header Connection "";
      proxy_set_header X-Request-Id $request_id;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Host $host;
      proxy_set_header X-Forwarded-Proto $scheme;
    }
  }
}
`,
  command: (file) => ["nginx", "-e", "stderr", "-p", dirname(file), "-c", file],
})

const haproxy: Setup = {
  name: "haproxy",
  file: "haproxy.cfg",
  config: (port, upstream) => `global
  nbthread 1
  maxconn 4096
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
  option forwardfor
frontend front
  bind 127.0.0.1:${port}
  unique-id-format %{+X}o%ci%cp%rt
  unique-id-header X-Request-Id
  http-request set-header X-Forwarded-Host %[req.hdr(Host)]
  http-request set-header X-Forwarded-Proto http
  default_backend back
backend back
  server up 127.0.0.1:${upstream}
`,
  command: (file) => ["haproxy", "-f", file],
}

const caddy: Setup = {
  name: "caddy",
  file: "Caddyfile",
  // It forwards who asked for what by itself.
  config: (port, upstream) => `{
  admin off
  auto_https off
  log {
    level ERROR
  }
}
http://:${port} {
  bind 127.0.0.1
  reverse_proxy 127.0.0.1:${upstream} {
    header_up X-Request-Id {http.request.uuid}
    transport http {
      keepalive 60s
      keepalive_idle_conns 128
      keepalive_idle_conns_per_host 128
    }
  }
}
`,
  command: (file) => ["caddy", "run", "--adapter", "caddyfile", "--config", file],
  env: { GOMAXPROCS: "1" },
}

const onPath = (setups: readonly Setup[]): Setup[] =>
  setups.filter(({ command }) => Bun.which(command("")[0] ?? "") !== null)

/** Those of the others that are on PATH. */
export const others = (): Setup[] => onPath([nginx(), haproxy, caddy])

/** Those that do better with large bodies than with their own defaults: nginx passes on 64 KB at once, unbuffered. */
export const tunedForBodies = (): Setup[] =>
  onPath([
    nginx(
      "nginx, tuned",
      "proxy_buffering off; proxy_buffer_size 64k; proxy_buffers 8 64k; proxy_busy_buffers_size 128k;",
    ),
  ])

/** Runs a gateway; it answers when this settles. */
export async function run(house: Stage, setup: Setup, upstream: number): Promise<Peer> {
  const port = await freePort()
  const file = house.write(`${setup.name}/${setup.file}`, setup.config(port, upstream))
  const cwd = dirname(file)
  const env = { ...setup.env, HOME: cwd, XDG_CONFIG_HOME: cwd, XDG_DATA_HOME: cwd }
  const program = house.start(setup.command(file), { cwd, env })
  const peer = { name: setup.name, url: `http://127.0.0.1:${port}`, pid: program.pid }
  await answers(peer, program)
  return peer
}

/** Fails where a gateway does not tell the service what the others tell it: it would have less to do. */
export async function doesTheSame({ name, url }: Peer): Promise<void> {
  const head = (await (await fetch(`${url}/head`)).text()).toLowerCase()
  for (const header of ["x-request-id", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"])
    if (!head.includes(`\n${header}: `)) throw new Error(`${name} sends no "${header}" to the service.`)
}

async function answers({ name, url }: Peer, program: Program): Promise<void> {
  let ended: number | undefined
  void program.exited.then((code) => (ended = code))
  const tooLate = performance.now() + 20_000
  for (;;)
    try {
      await (await fetch(`${url}/ready`)).text()
      return
    } catch {
      if (ended !== undefined || performance.now() > tooLate)
        throw new Error(
          `${name} ${ended === undefined ? "does not answer" : `ended with ${ended}`}: ${await program.complaints()}`,
        )
      await Bun.sleep(20)
    }
}
