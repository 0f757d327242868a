// How well the cache keeps to RFC 9111, by the public suite of https://cache-tests.fyi, beside nginx and Varnish where
// they are on PATH. The suite is not part of this project: check out http-tests/cache-tests, run `npm install` in it, and
//
//   CACHE_TESTS=<its folder> bun test/conformance/cache.ts [--md]
//
// Prints how many of the required and of the optimal behaviours each of them has, and which ones Bellhop has not.
import { existsSync } from "node:fs"
import { dirname, join } from "node:path"

import { type Stage, stage } from "../bench/support/stage.ts"
import { executable } from "../support/executable.ts"
import { freePort } from "../support/upstream.ts"
import { reasons } from "./cache-reasons.ts"

interface Test {
  readonly id: string
  readonly name: string
  readonly kind?: "required" | "optimal" | "check"
  readonly browser_only?: boolean
}

/** What a cache did, by the names of the tests: true, or what went wrong. */
type Results = Readonly<Record<string, true | readonly [kind: string, detail: string]>>

interface Cache {
  readonly name: string
  readonly url: string
}

const folder = process.env.CACHE_TESTS
const node = Bun.which("node")
const program = process.env.BELLHOP ?? executable
if (folder === undefined || !existsSync(join(folder, "test-engine/cli.mjs")))
  console.log("cache: left out, because CACHE_TESTS is not the folder of a checkout of http-tests/cache-tests")
else if (node === null) console.log("cache: left out, because node is not on PATH")
else if (existsSync(program)) await run(folder, node)
else {
  console.error(`cache: "${program}" does not exist: run npm run build.`)
  process.exitCode = 1
}

async function run(suite: string, runner: string): Promise<void> {
  await using house = stage()
  const origin = await freePort()
  // The suite reads its settings as npm would set them.
  const env = { npm_config_protocol: "http", npm_config_port: String(origin), npm_package_config_id: "" }
  house.start([runner, "test-engine/server/server.mjs"], {
    cwd: suite,
    env: { ...env, npm_config_pidfile: house.write("pid", "") },
  })
  await answers(`http://127.0.0.1:${origin}`)
  const caches = [await bellhop(house, origin), await nginx(house, origin), await varnish(house, origin)].flatMap(
    (cache) => cache ?? [],
  )
  const { default: groups } = (await import(join(suite, "tests/index.mjs"))) as { default: { tests: Test[] }[] }
  const { determineTestResult, resultTypes } = (await import(join(suite, "test-engine/lib/results.mjs"))) as {
    determineTestResult: (groups: unknown, id: string, results: Results) => readonly string[]
    resultTypes: Readonly<Record<string, readonly string[]>>
  }
  const tests = groups.flatMap((group) => group.tests).filter((test) => test.browser_only !== true)
  const all = await Promise.all(
    caches.map(async (cache) => {
      const asking = house.start([runner, "--no-warnings", "test-engine/cli.mjs"], {
        cwd: suite,
        env: { ...env, npm_config_base: cache.url },
      })
      const text = await new Response(asking.stdout).text()
      return { cache, results: JSON.parse(text.slice(text.indexOf("{"))) as Results }
    }),
  )
  const passes = (id: string, results: Results): boolean => {
    const verdict = determineTestResult(groups, id, results)
    return verdict === resultTypes.pass || verdict === resultTypes.yes
  }
  console.log("\ncache: conformance to RFC 9111 (https://cache-tests.fyi)\n")
  console.log("| cache | required | optimal | other questions answered with yes |\n|---|---|---|---|")
  for (const { cache, results } of all) {
    const cells = (["required", "optimal", "check"] as const).map((kind) => {
      const of = tests.filter((test) => (test.kind ?? "required") === kind)
      return `${of.filter(({ id }) => passes(id, results)).length} of ${of.length}`
    })
    console.log(`| ${cache.name} | ${cells.join(" | ")} |`)
  }
  const own = all.find(({ cache }) => cache.name === "bellhop")?.results ?? {}
  console.log("\n| kind | what Bellhop does not do | why |\n|---|---|---|")
  for (const { id, name, kind = "required" } of tests) {
    if (kind === "check" || passes(id, own)) continue
    const found = own[id]
    const seen = found === true ? "it does, but not what that is for" : (found?.[1] ?? "not run")
    console.log(`| ${kind} | ${id}: ${name} | ${reasons.get(id) ?? `UNEXPLAINED: ${seen}`} |`)
    if (!reasons.has(id)) process.exitCode = 1
  }
}

/** Everything that is not a matter of taste, and what the suite asks for that is off unless it is asked for. */
async function bellhop(house: Stage, origin: number): Promise<Cache> {
  const port = await freePort()
  const file = house.write(
    "bellhop/gateway.config.ts",
    `import { defineGateway } from "bellhop"

export default defineGateway({
  listen: { host: "127.0.0.1", port: ${port} },
  admin: false,
  services: { origin: "http://127.0.0.1:${origin}" },
  routes: {
    "/*": {
      service: "origin",
      cache: { shared: true, setCookie: true, heuristic: true, staleIfError: "1h" },
    },
  },
})
`,
  )
  house.start([program, "start", "--json"], { cwd: dirname(file), env: { HOME: dirname(file) } })
  return { name: "bellhop", url: await answers(`http://127.0.0.1:${port}`) }
}

async function nginx(house: Stage, origin: number): Promise<Cache | undefined> {
  if (Bun.which("nginx") === null) return undefined
  const port = await freePort()
  const file = house.write(
    "nginx/nginx.conf",
    `user root;
daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr crit;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path body; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi; proxy_temp_path proxy;
  proxy_cache_path cache levels=1:2 keys_zone=tests:8m max_size=100m inactive=600m;
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://127.0.0.1:${origin};
      proxy_http_version 1.1;
      proxy_cache tests;
      proxy_cache_revalidate on;
    }
  }
}
`,
  )
  house.start(["nginx", "-e", "stderr", "-p", dirname(file), "-c", file])
  return { name: "nginx", url: await answers(`http://127.0.0.1:${port}`) }
}

async function varnish(house: Stage, origin: number): Promise<Cache | undefined> {
  if (Bun.which("varnishd") === null) return undefined
  const port = await freePort()
  const parameters = ["default_ttl=0", "default_grace=0", "default_keep=3600", "thread_pool_min=20"]
  const work = dirname(house.write("varnish/empty", ""))
  house.start([
    "varnishd",
    "-F",
    "-n",
    work,
    "-a",
    `127.0.0.1:${port}`,
    "-b",
    `127.0.0.1:${origin}`,
    "-s",
    "malloc,64M",
    ...parameters.flatMap((parameter) => ["-p", parameter]),
  ])
  return { name: "varnish", url: await answers(`http://127.0.0.1:${port}`) }
}

/** Settles when somebody answers there. */
async function answers(url: string): Promise<string> {
  const tooLate = performance.now() + 20_000
  for (;;)
    try {
      await (await fetch(`${url}/config/`, { method: "GET" })).text()
      return url
    } catch {
      if (performance.now() > tooLate) throw new Error(`Nobody answers at ${url}.`)
      await Bun.sleep(50)
    }
}
