import { spawn, spawnSync } from "node:child_process"
import { copyFileSync, existsSync, mkdirSync, realpathSync, rmSync, symlinkSync } from "node:fs"
import { dirname, join } from "node:path"

import { expect, it } from "vitest"

import { folder } from "../support/executable.ts"
import { ask } from "../support/raw.ts"

const root = join(import.meta.dirname, "../..")

function git(cwd: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync("git", args, { cwd, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 })
  if (status !== 0) throw new Error(`git ${args.join(" ")} failed: ${stderr}`)
  return stdout
}

/** Clones the repository and puts what is not committed yet on top. */
function clone(to: string): void {
  git(root, "clone", "--quiet", "--no-hardlinks", root, to)
  const changed = git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0").filter(Boolean)
  for (const file of changed) {
    const [from, at] = [join(root, file), join(to, file)]
    if (existsSync(from)) {
      mkdirSync(dirname(at), { recursive: true })
      copyFileSync(from, at)
    } else rmSync(at, { force: true })
  }
}

/** A PATH on which there is nothing but what a machine with Node and git has. */
function tools(at: string): string {
  mkdirSync(at)
  const names = [
    "node",
    "npm",
    "npx",
    "git",
    "sh",
    "env",
    "cat",
    "cp",
    "dirname",
    "ls",
    "mkdir",
    "mv",
    "rm",
    "sed",
    "uname",
  ]
  for (const name of names) {
    const found = Bun.which(name)
    if (found) symlinkSync(realpathSync(found), join(at, name))
  }
  return at
}

it("a clean clone serves the shop after npm start", { timeout: 180_000 }, async () => {
  using made = folder()
  const project = join(made.path, "bellhop")
  clone(project)
  const status = (): string => git(project, "status", "--porcelain", "--untracked-files=all")
  const before = status()
  const { HOME, npm_config_registry, npm_config_cache } = process.env
  const env = Object.entries({ HOME, npm_config_registry, npm_config_cache }).filter(
    (one): one is [string, string] => one[1] !== undefined,
  )
  const child = spawn("npm", ["start"], {
    cwd: project,
    env: { ...Object.fromEntries(env), PATH: tools(join(made.path, "bin")), NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
    // So that the whole family can be ended at once.
    detached: true,
  })
  const over = new Promise((resolve) => child.on("close", resolve))
  try {
    let out = ""
    const url = await new Promise<string>((resolve, reject) => {
      const heard = (chunk: Buffer): void => {
        out += chunk.toString()
        const [, found] = /gateway\s+(http:\S+)\s/.exec(out) ?? []
        if (found !== undefined) resolve(found)
      }
      child.stdout.on("data", heard)
      child.stderr.on("data", heard)
      void over.then(() => reject(new Error(`npm start ended: ${out}`)))
    })
    const checkout = await ask(url, "/checkout", { method: "POST" })
    expect(checkout.status).toBe(200)
    expect(checkout.get("content-type")).toBe("application/json")
    const answer = JSON.parse(checkout.body) as Record<string, Record<string, unknown>>
    expect(Object.keys(answer)).toEqual(["cart", "user", "charge"])
    expect(answer.charge?.amount).toBe(answer.cart?.total)
    expect((await ask(url, "/hello/Ada")).body).toBe('{"message":"Hello, Ada!"}')
    // Everything that it made is what git leaves alone.
    expect(status()).toBe(before)
  } finally {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGTERM")
    await over
  }
})
