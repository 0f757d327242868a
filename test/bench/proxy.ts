// Processor time per proxied request, beside nginx and HAProxy where they are on PATH: `npm run bench -- proxy`.
// Ratios within one run hold; absolute times drift with the machine.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"

import { executable } from "../support/executable.ts"
import { cpuSeconds } from "./support/process-cpu.ts"

const seconds = Number(process.env.SECONDS ?? 3)
const rounds = Number(process.env.ROUNDS ?? 3)
const connections = 64

const folder = mkdtempSync(join(tmpdir(), "bellhop-bench-"))
const children: Bun.Subprocess[] = []
const spawn = (command: string[], options: { cwd?: string; stdout?: "pipe" | "ignore" } = {}): Bun.Subprocess => {
  const child = Bun.spawn(command, {
    cwd: options.cwd ?? folder,
    stdin: "ignore",
    stdout: options.stdout ?? "ignore",
    stderr: "inherit",
  })
  children.push(child)
  return child
}

async function freePort(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>()
  const server = createServer().listen(0, "127.0.0.1", () => {
    const address = server.address()
    server.close(() => resolve(typeof address === "object" && address ? address.port : 0))
  })
  return promise
}

async function answers(url: string): Promise<void> {
  for (;;)
    try {
      await (await fetch(url)).text()
      return
    } catch {
      await Bun.sleep(20)
    }
}

interface Peer {
  name: string
  url: string
  pid: number
}

async function peers(upstream: number): Promise<Peer[]> {
  const found: Peer[] = []
  const port = await freePort()
  writeFileSync(
    join(folder, "gateway.config.ts"),
    `import { defineGateway } from "bellhop"
export default defineGateway({ listen: { host: "127.0.0.1", port: ${port} }, admin: false, services: { up: "http://127.0.0.1:${upstream}" }, routes: { "/*": "up" } })`,
  )
  found.push({ name: "bellhop", url: `http://127.0.0.1:${port}/`, pid: spawn([executable, "start", "--json"]).pid })
  if (Bun.which("nginx")) {
    const at = await freePort()
    writeFileSync(
      join(folder, "nginx.conf"),
      `worker_processes 1; daemon off; pid ${folder}/nginx.pid; error_log /dev/null; events { worker_connections 1024; }
http { access_log off; client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
upstream up { server 127.0.0.1:${upstream}; keepalive 128; keepalive_requests 100000000; }
server { listen 127.0.0.1:${at} reuseport; keepalive_requests 100000000; location / { proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Forwarded-Host $host; proxy_set_header X-Request-Id $request_id; } } }`,
    )
    found.push({
      name: "nginx",
      url: `http://127.0.0.1:${at}/`,
      pid: spawn(["nginx", "-c", join(folder, "nginx.conf")]).pid,
    })
  }
  if (Bun.which("haproxy")) {
    const at = await freePort()
    writeFileSync(
      join(folder, "haproxy.cfg"),
      `global\n  nbthread 1\n  maxconn 4096\ndefaults\n  mode http\n  timeout connect 5s\n  timeout client 30s\n  timeout server 30s\n  option forwardfor\n  http-reuse always
frontend f\n  bind 127.0.0.1:${at}\n  unique-id-format %{+X}o%ci%cp%rt\n  unique-id-header X-Request-Id\n  http-request set-header X-Forwarded-Proto http\n  default_backend b\nbackend b\n  server s 127.0.0.1:${upstream}\n`,
    )
    found.push({
      name: "haproxy",
      url: `http://127.0.0.1:${at}/`,
      pid: spawn(["haproxy", "-f", join(folder, "haproxy.cfg")]).pid,
    })
  }
  return found
}

async function load(url: string, length: number): Promise<{ requests: number; failed: boolean }> {
  const wrk = Bun.spawn(["wrk", "-t1", `-c${connections}`, `-d${length}s`, url], { stdout: "pipe" })
  const text = await new Response(wrk.stdout).text()
  return { requests: Number(/(\d+) requests in/.exec(text)?.[1]), failed: /Non-2xx|Socket errors/.test(text) }
}

if (!Bun.which("wrk")) {
  console.log("proxy: left out, because wrk is not on PATH")
  process.exit(0)
}
try {
  const upstream = spawn([process.execPath, join(import.meta.dir, "support/raw-upstream.ts")], { stdout: "pipe" })
  const reader = (upstream.stdout as ReadableStream<Uint8Array>).getReader()
  const port = Number(new TextDecoder().decode((await reader.read()).value))
  const all = await peers(port)
  const figures = new Map<string, number[]>(all.map(({ name }) => [name, []]))
  for (const { url } of all) {
    await answers(url)
    await load(url, 1)
  }
  for (let round = 0; round < rounds; round++)
    for (const { name, url, pid } of all) {
      const before = cpuSeconds(pid)
      const { requests, failed } = await load(url, seconds)
      const each = ((cpuSeconds(pid) - before) * 1e6) / requests
      figures.get(name)?.push(each)
      if (failed) console.log(`proxy: ${name} gave errors`)
    }
  const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
  const ours = median(figures.get("bellhop") ?? [])
  console.log(`proxy: CPU µs per request, 1 KB answer, ${connections} connections, median of ${rounds}`)
  for (const [name, values] of figures)
    console.log(
      `  ${name.padEnd(8)} ${median(values).toFixed(1).padStart(6)}   bellhop / ${name}: ${(ours / median(values)).toFixed(2)}`,
    )
} finally {
  // Politely, or the workers of nginx would stay behind.
  for (const child of children) child.kill("SIGTERM")
  await Promise.all(children.map((child) => child.exited))
  rmSync(folder, { recursive: true, force: true })
}
