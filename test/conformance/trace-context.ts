// How well traces keep to W3C Trace Context, by the public validation service. It is not part of this project: check out
// w3c/trace-context, have a Python with aiohttp, and run
//
//   TRACE_CONTEXT=<its folder> [PYTHON=<a python>] bun test/conformance/trace-context.ts
//
// The suite asks a service to call it back and looks at the headers of these calls. Here that service calls back through
// the gateway, with the headers that it got itself: what the suite sees is what the gateway made of them.
import { existsSync } from "node:fs"
import { dirname, join } from "node:path"

import { stage } from "../bench/support/stage.ts"
import { executable } from "../support/executable.ts"
import { ask, requestText } from "../support/raw.ts"
import { freePort, rawUpstream, type Received } from "../support/upstream.ts"

const folder = process.env.TRACE_CONTEXT
const python = process.env.PYTHON ?? Bun.which("python3")
// Headers of the request that are not what is tested.
const own = /^(host|content-length|content-type|connection|accept|accept-encoding|user-agent):/i
const program = process.env.BELLHOP ?? executable
if (folder === undefined || !existsSync(join(folder, "test/test.py")))
  console.log("trace-context: left out, because TRACE_CONTEXT is not the folder of a checkout of w3c/trace-context")
else if (python === null) console.log("trace-context: left out, because python3 is not on PATH")
else if (existsSync(program)) process.exitCode = await run(join(folder, "test"), python)
else {
  console.error(`trace-context: "${program}" does not exist: run npm run build.`)
  process.exitCode = 1
}

async function run(suite: string, runner: string): Promise<number> {
  await using house = stage()
  const harness = await freePort()
  const port = await freePort()
  const file = house.write(
    "bellhop/gateway.config.ts",
    `import { defineGateway } from "bellhop"

export default defineGateway({
  listen: { host: "127.0.0.1", port: ${port} },
  admin: false,
  // With spans, so that services are told of the one that asks them; nobody has to take these.
  observe: { otlp: "http://127.0.0.1:${await freePort()}" },
  services: { harness: "http://127.0.0.1:${harness}" },
  routes: { "/*": "harness" },
})
`,
  )
  const gateway = house.start([program, "start", "--json"], { cwd: dirname(file), env: { HOME: dirname(file) } })
  await gateway.stdout.getReader().read()
  using service = await rawUpstream((asked) => callBack(asked, `http://127.0.0.1:${port}`))
  const testing = house.start([runner, "test.py", `${service.url}/test`], {
    cwd: suite,
    env: { HARNESS_PORT: String(harness), STRICT_LEVEL: "2", SPEC_LEVEL: "2" },
  })
  await testing.exited
  console.log(await testing.complaints())
  return testing.exited
}

/** Does what the suite asks for: calls each URL through the gateway, with the headers that came. */
async function callBack({ body, head }: Received, gateway: string): Promise<string> {
  const headers = head
    .split("\r\n")
    .slice(1)
    .filter((line) => line !== "" && !own.test(line))
  const calls = JSON.parse(body) as { url: string; arguments: unknown }[]
  for (const call of calls)
    await ask(gateway, new URL(call.url).pathname, {
      method: "POST",
      headers: ["Content-Type: application/json", ...headers],
      body: JSON.stringify(call.arguments),
    })
  return requestText("", { body: "[]" }).replace(
    /^.*\r\nHost: .*\r\n/,
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n",
  )
}
