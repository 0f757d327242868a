// Brings node_modules up to date and makes sure that Bun runs. Plain Node, because Bun is one of the things it installs.
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const at = (...path) => join(root, ...path)
const lock = at("dist", ".setup-lock")

try {
  if (!(installed() && bunRuns())) {
    await takeTurn()
    try {
      if (!installed()) install()
      if (!bunRuns()) finishBun()
    } finally {
      rmSync(lock, { recursive: true, force: true })
    }
  }
} catch (error) {
  console.error(`setup: ${error.message}`)
  process.exitCode = 1
}

/** Whether node_modules holds what package-lock.json asks for; by content, because a git checkout changes every date. */
function installed() {
  const wanted = packages(at("package-lock.json"))
  const present = packages(at("node_modules", ".package-lock.json"))
  if (!wanted) throw new Error(`Cannot read "package-lock.json" in "${root}": restore it from git.`)
  if (!present) return false
  const same = (path) => existsSync(at(path)) && present[path].version === wanted[path].version
  // Optional packages that are absent were made for another platform.
  return Object.keys(wanted).every((path) => path === "" || (path in present ? same(path) : wanted[path].optional))
}

function packages(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8")).packages
  } catch {
    return undefined
  }
}

function bunRuns() {
  const bun = at("node_modules", "bun", "bin", "bun.exe")
  return spawnSync(bun, ["--version"], { stdio: "ignore" }).status === 0
}

function install() {
  console.log("setup: installing the packages in package-lock.json")
  // NODE_ENV=production would leave out Bun itself.
  npm("ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error")
}

/** npm may be told to run no install scripts; Bun's puts the executable of this platform in its place. */
function finishBun() {
  console.log("setup: putting Bun in its place")
  run(process.execPath, [at("node_modules", "bun", "install.js")], at("node_modules", "bun"))
  if (!bunRuns()) throw new Error('Cannot run "node_modules/bun/bin/bun.exe": delete node_modules and try again.')
}

function npm(...args) {
  const cli = process.env.npm_execpath
  if (cli?.endsWith(".js")) run(process.execPath, [cli, ...args], root)
  else run(process.platform === "win32" ? "npm.cmd" : "npm", args, root)
}

function run(command, args, cwd) {
  const { status, error } = spawnSync(command, args, {
    cwd,
    stdio: ["ignore", "inherit", "inherit"],
    shell: command.endsWith(".cmd"),
  })
  if (status !== 0) throw new Error(`"${[command, ...args].join(" ")}" failed: ${error?.message ?? "see above"}`)
}

/** Two installs in one folder destroy each other's work, so the second waits for the first. */
async function takeTurn() {
  mkdirSync(dirname(lock), { recursive: true })
  for (let told = false; ;) {
    try {
      mkdirSync(lock)
      return writeFileSync(join(lock, "pid"), String(process.pid))
    } catch (error) {
      if (error.code !== "EEXIST") throw error
    }
    if (abandoned()) rmSync(lock, { recursive: true, force: true })
    else if (!told) {
      console.log("setup: waiting for another setup of this folder")
      told = true
    }
    await sleep(100)
  }
}

function abandoned() {
  const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
  // No install takes ten minutes, but the number of a dead process may belong to another one by now.
  if (age > 600_000) return true
  try {
    return !alive(Number(readFileSync(join(lock, "pid"), "utf8")))
  } catch {
    // Between making the folder and writing the number lies an instant, not five seconds.
    return age > 5000
  }
}

function alive(pid) {
  // 0 would mean this process and its kin.
  if (!(pid > 0)) return true
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error.code === "EPERM"
  }
}
