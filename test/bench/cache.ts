// What a hit in the cache costs, beside nginx (proxy_cache) and Varnish where they are on PATH, and what a full cache
// takes: `npm run bench -- cache`. Ratios within one run hold; absolute figures drift with the machine.
import { existsSync } from "node:fs"
import { dirname } from "node:path"

import { CacheMemory } from "../../src/policies/cache/memory.ts"
import { executable } from "../support/executable.ts"
import { print, share, table } from "./support/figures.ts"
import { inTurns, median, times } from "./support/in-turns.ts"
import { type Peer, run, type Setup } from "./support/peers.ts"
import { memory } from "./support/process-cpu.ts"
import { type Stage, stage } from "./support/stage.ts"
import { wrk } from "./support/wrk.ts"

const seconds = Number(process.env.SECONDS ?? 1)
const rounds = Number(process.env.ROUNDS ?? 9)
const program = process.env.BELLHOP ?? executable
const megabyte = 1024 * 1024
const full = 256 * megabyte

const bellhop: Setup = {
  name: "bellhop",
  file: "gateway.config.ts",
  config: (port, upstream) => `import { defineGateway } from "bellhop"

export default defineGateway({
  listen: { host: "127.0.0.1", port: ${port} },
  admin: false,
  cache: { memory: "${full / megabyte}mb" },
  services: { up: "http://127.0.0.1:${upstream}" },
  routes: { "/*": { service: "up", cache: true } },
})
`,
  command: () => [program, "start", "--json"],
}

const nginxWith = (name: string, more: string): Setup => ({
  name,
  file: "nginx.conf",
  config: (port, upstream) => `user root;
daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr crit;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  proxy_cache_path cache levels=1:2 keys_zone=bench:64m max_size=1g inactive=60m;
  ${more}
  upstream up { server 127.0.0.1:${upstream}; keepalive 128; }
  server {
    listen 127.0.0.1:${port};
    keepalive_requests 100000000;
    location / {
      proxy_pass http://up;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_cache bench;
      add_header X-Request-Id $request_id;
      add_header X-Cache $upstream_cache_status;
    }
  }
}
`,
  command: (file) => ["nginx", "-e", "stderr", "-p", dirname(file), "-c", file],
})

// As it comes, it opens and closes the file of an answer for each hit.
const nginx = nginxWith("nginx", "")
const tuned = nginxWith("nginx, files kept open", "open_file_cache max=10000;")

const varnish: Setup = {
  name: "varnish",
  file: "work/empty",
  config: (port, upstream) => `${port} ${upstream}`,
  command: (file) => (file === "" ? ["varnishd"] : ["sh", "-c", `exec varnishd ${options(file)}`]),
}

// It takes no file: what that would say is in the file all the same, so that all of them are run alike.
const options = (file: string): string =>
  `-F -n ${dirname(file)} -a 127.0.0.1:$(cut -d" " -f1 ${file}) -b 127.0.0.1:$(cut -d" " -f2 ${file}) -s malloc,256M -p thread_pools=1`

if (!Bun.which("wrk")) console.log("cache: left out, because wrk is not on PATH")
else if (existsSync(program)) await measure()
else {
  console.error(`cache: "${program}" does not exist: run npm run build.`)
  process.exitCode = 1
}

async function measure(): Promise<void> {
  await using house = stage()
  using upstream = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    development: false,
    fetch: () =>
      new Response("x".repeat(1024), {
        headers: { "cache-control": "max-age=3600", "content-type": "text/plain", etag: '"1"' },
      }),
  })
  const setups = [bellhop, nginx, tuned, varnish].filter(({ command }) => Bun.which(command("")[0] ?? "") !== null)
  const peers: Peer[] = []
  for (const setup of setups) peers.push(await run(house, setup, upstream.port ?? 0))
  for (const { url } of peers) await (await fetch(url)).text()
  const measured = await inTurns(house, peers, () => ({ connections: 64 }), { seconds, rounds })
  const other = measured.get("nginx")
  table(
    `cache: hits of 1 KB, 64 connections; medians of ${rounds} × ${seconds} s${other ? "; in brackets, times that of nginx" : ""}`,
    ["requests/s", "p50 ms", "p99 ms", "CPU µs/hit"],
    [...measured].map(([name, figures]) => [
      name,
      (["perSecond", "p50", "p99", "cpu"] as const).map((of) => ({
        value: median(figures, of),
        times: other && times(figures, other, of),
      })),
    ]),
  )
  const own = measured.get("bellhop")
  if (own && other)
    print("cache: a hit, beside nginx", [
      {
        what: "CPU per hit",
        values: { times: times(own, other, "cpu") },
        unit: "",
        target: { of: "times", atMost: 0.9 },
      },
    ])
  await filled(house, await run(house, { ...bellhop, name: "bellhop, filled" }, upstream.port ?? 0))
  evictions()
}

/** A cache that gets more small answers than it has room for. */
async function filled(house: Stage, peer: Peer): Promise<void> {
  const before = memory(peer.pid, "VmRSS") / 1024
  const paths = house.write("many", Array.from({ length: 250_000 }, (_, at) => `/objects/${at}\n`).join(""))
  for (let round = 0; round < 8; round++) await wrk(house, peer.url, { connections: 64, paths }, 5)
  const after = memory(peer.pid, "VmRSS") / 1024
  print(`cache: filled with objects of 1 KB, ${full / megabyte} MB; resident memory`, [
    {
      what: "the process",
      values: { before, after, times: after / (full / megabyte) },
      unit: "",
      target: { of: "times", atMost: 1.35 },
    },
  ])
}

/** How long it takes to make room, at worst: nobody else is answered meanwhile. */
function evictions(): void {
  const room = new CacheMemory(full)
  const body = new Uint8Array(1024)
  const kept = {
    status: 200,
    lines: ["content-type", "text/plain", "cache-control", "max-age=3600", "date", "Thu, 01 Jan 2026 00:00:00 GMT"],
    validators: { tag: undefined, modified: undefined },
    vary: [],
    tags: [],
    born: 0,
    freshUntil: 1,
    whileUntil: 0,
    errorUntil: 0,
    always: false,
  }
  const took: number[] = []
  for (let at = 0; at < 400_000; at++) {
    const begun = performance.now()
    const entry = room.put(`http://127.0.0.1/objects/${at}`, "variant", { ...kept, body: body.slice() })
    if (room.evicted > 0) took.push(performance.now() - begun)
    // Everybody is asked for: the worst that can be for who has to go.
    if (entry) entry.visited = true
  }
  took.sort((one, other) => one - other)
  print(`cache: ${room.evicted} evictions, one after the other; milliseconds each`, [
    {
      what: "making room",
      values: { p50: share(took, 0.5), "p99.9": share(took, 0.999), worst: took.at(-1) ?? 0 },
      unit: "ms",
      target: { of: "p99.9", atMost: 5 },
    },
  ])
}
