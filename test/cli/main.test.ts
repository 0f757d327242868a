import { spawn, spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

import { describe, expect, it } from "vitest"

import { folder } from "./called.ts"
import { project } from "./shop.ts"

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url))
const quiet = { ...process.env, NO_COLOR: undefined, FORCE_COLOR: undefined }

/** Runs a shell line in which \`bellhop\` is the real program. */
function shell(line: string, { env = {}, cwd = folder() }: { env?: object; cwd?: string } = {}) {
  const script = `bellhop() { "${process.execPath}" "${main}" "$@"; }\n${line}`
  const { status, stdout, stderr } = spawnSync("bash", ["-c", script], {
    encoding: "utf8",
    cwd,
    env: { ...quiet, ...env },
  })
  return { status, out: stdout, err: stderr }
}

describe("main", () => {
  it("ends with the exit code of the command, the streams apart", () => {
    expect(shell("bellhop version")).toMatchObject({ status: 0, out: expect.stringMatching(/^bellhop /), err: "" })
    expect(shell("bellhop hlep")).toMatchObject({ status: 2, out: "", err: expect.stringMatching(/^error /) })
  })

  it("leaves colours out of pipes, unless they are forced", () => {
    expect(shell("bellhop help").out).not.toContain("\u001b")
    expect(shell("bellhop help", { env: { FORCE_COLOR: "1" } }).out).toContain("\u001b[1m")
    expect(shell("bellhop help", { env: { FORCE_COLOR: "1", NO_COLOR: "1" } }).out).toContain("\u001b[1m")
  })

  it("neither crashes nor complains when the reader has seen enough", () => {
    const many = Array.from({ length: 3000 }, (_, index) => `"GET /route/${index}": { reply: { body: "x" } },`).join(
      "\n",
    )
    const cwd = project({ "gateway.config.ts": `export default { routes: {\n${many}\n} }\n` })
    const { out, err } = shell('bellhop openapi | head -c 2; echo " ${PIPESTATUS[0]}"', { cwd })
    expect([out, err]).toEqual(["{\n 0\n", ""])
  })

  it("writes a long document whole before it ends, however slow the reader is", () => {
    const many = Array.from({ length: 3000 }, (_, index) => `"GET /route/${index}": { reply: { body: "x" } },`).join(
      "\n",
    )
    const cwd = project({ "gateway.config.ts": `export default { routes: {\n${many}\n} }\n` })
    const { out } = shell("bellhop routes --json | (sleep 0.3; wc -c); bellhop routes --json > whole; wc -c < whole", {
      cwd,
    })
    const [piped, whole] = out.trim().split("\n").map(Number)
    expect(whole).toBeGreaterThan(500_000)
    expect(piped).toBe(whole)
  })

  it("is ended by Ctrl-C as a shell expects, which makes 130 of it", async () => {
    const cwd = project({ "gateway.config.ts": 'console.error("waiting")\nawait new Promise(() => {})\n' })
    const child = spawn(process.execPath, [main, "check", "--no-types"], { cwd, env: quiet })
    const ended = new Promise((resolve) => child.once("close", (code, signal) => resolve([code, signal])))
    child.stderr.once("data", () => child.kill("SIGINT"))
    expect(await ended).toEqual([null, "SIGINT"])
  })
})
