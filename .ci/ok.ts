// What a change must pass before it is committed: `npm run ok`. One line per step; only a step that fails shows its output.
import { existsSync } from "node:fs"
import { join } from "node:path"

interface Step {
  name: string
  /** Run one after the other; the first that fails ends the step. */
  commands: string[][]
}

const root = join(import.meta.dir, "..")
const bun = process.execPath
const bin = (name: string): string => join(root, "node_modules/.bin", name)
const vitest = [bun, "--bun", bin("vitest"), "run", "--config", "test/vitest.config.ts"]

// gateway.config.ts imports "bellhop", whose types the command line writes.
const writeTypes = existsSync(join(root, "src/main.ts")) ? [[bun, "src/main.ts", "types"]] : []

const together: Step[] = [
  { name: "format", commands: [[bun, "fmt", "--no-script", "--check"]] },
  { name: "lint", commands: [[bin("oxlint"), "--config", ".ci/oxlint.json", "--deny-warnings"]] },
  { name: "types", commands: [...writeTypes, [bun, "check", "--no-script", "--no-pretty", "-p", "tsconfig.json"]] },
  { name: "architecture", commands: [[...vitest, "test/architecture.test.ts"]] },
]
// By itself, because tests that wait for each other's processor time out.
const afterwards: Step = {
  name: "tests",
  commands: [[...vitest, "--project", "unit", "--exclude", "test/architecture.test.ts"]],
}

const results = [...(await Promise.all(together.map(run))), await run(afterwards)]
process.exitCode = results.every(Boolean) ? 0 : 1

async function run(step: Step): Promise<boolean> {
  const started = performance.now()
  let output = ""
  let passed = true
  for (const command of step.commands) {
    const child = Bun.spawn(command, { cwd: root, stdin: "ignore", stdout: "pipe", stderr: "pipe" })
    const [out, error, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
    output += out + error
    passed = code === 0
    if (!passed) break
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`${passed ? "ok  " : "FAIL"}  ${step.name.padEnd(12)} ${seconds.padStart(5)} s`)
  if (!passed) console.log(`${output.trim().replace(/^/gm, "      ")}\n`)
  return passed
}
