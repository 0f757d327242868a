// Compiles src/main.ts into one executable, dist/bellhop, or into one per platform:
//
//   bun .ci/build.ts                        dist/bellhop, for this machine
//   bun .ci/build.ts --all                  dist/bellhop-<target> for every target below
//   bun .ci/build.ts --target=darwin-arm64  some of them; repeat the flag for more
//
// What is up to date is left alone. For another platform Bun fetches its runtime from the npm registry, once. With --all
// a platform whose runtime cannot be had is reported and left out, and the build fails only when nothing could be built;
// a platform asked for by name has to work.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs"
import { join } from "node:path"

const targets = [
  "linux-x64",
  "linux-arm64",
  "linux-x64-musl",
  "linux-arm64-musl",
  "darwin-x64",
  "darwin-arm64",
  "windows-x64",
]

// Identifiers keep their names: Elysia reads the source of handlers, and a stack trace should name what it means.
const flags = [
  "--compile",
  "--minify-syntax",
  "--minify-whitespace",
  "--sourcemap",
  "--bytecode",
  "--format=esm",
  '--define=process.env.NODE_ENV="production"',
  // Whatever lies in the folder it is started in must not run or configure the gateway.
  "--no-compile-autoload-bunfig",
  "--no-compile-autoload-dotenv",
  // A config may import packages from node_modules and use the paths of its tsconfig.json.
  "--compile-autoload-package-json",
  "--compile-autoload-tsconfig",
]

const root = join(import.meta.dir, "..")
const dist = join(root, "dist")
const stampFile = join(dist, ".stamp")
const sumsFile = join(dist, "SHA256SUMS")

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  const named = args.filter((arg) => arg.startsWith("--target=")).map((arg) => arg.slice("--target=".length))
  const unknown = args.find((arg) => arg !== "--all" && !arg.startsWith("--target="))
  const wrong = named.find((target) => !targets.includes(target))
  if (unknown !== undefined) return fail(`"${unknown}" is not an option: use --all or --target=<name>.`)
  if (wrong !== undefined) return fail(`"${wrong}" is not a target: use ${targets.join(", ")}.`)
  if (!existsSync(join(root, "src/main.ts"))) return fail('"src/main.ts" does not exist: restore it from git.')

  const hash = await sourceHash()
  if (!args.includes("--all") && named.length === 0) return (await build(undefined, hash)) ? 0 : 1

  const failed: string[] = []
  const built: string[] = []
  for (const target of args.includes("--all") ? targets : named) {
    const done = await build(target, hash)
    ;(done ? built : failed).push(target)
  }
  await writeSums(hash)
  if (failed.length > 0) console.error(`build: left out ${failed.join(", ")}`)
  return built.length === 0 || named.some((target) => failed.includes(target)) ? 1 : 0
}

function fail(message: string): number {
  console.error(`build: ${message}`)
  return 2
}

/** Everything that decides what the executable contains; a date would change with every checkout. */
async function sourceHash(): Promise<string> {
  const sources = readdirSync(join(root, "src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  const settings = ["package.json", "package-lock.json", "tsconfig.json", ".ci/build.ts"].map((file) =>
    join(root, file),
  )
  const hasher = new Bun.CryptoHasher("sha256").update(Bun.version)
  for (const file of [...sources.sort(), ...settings]) {
    hasher.update(`\0${file.slice(root.length)}\0`).update(await Bun.file(file).bytes())
  }
  return hasher.digest("hex")
}

/** Builds one executable where it is out of date, tells how it went in one line, and answers whether it is there. */
async function build(target: string | undefined, hash: string): Promise<boolean> {
  const name = `bellhop${target === undefined ? "" : `-${target}`}${isWindows(target) ? ".exe" : ""}`
  const file = join(dist, name)
  if (existsSync(file) && (await readStamp())[name] === hash) {
    console.log(`dist/${name} is up to date`)
    return true
  }
  const started = performance.now()
  // Built aside and moved into its place, so that one who starts it meanwhile gets the old one or the new one.
  const aside = join(dist, `.build-${process.pid}`)
  mkdirSync(aside, { recursive: true })
  try {
    const built = join(aside, name)
    const reason = await compile(target, built)
    if (reason !== undefined) {
      console.error(`Cannot build dist/${name}: ${reason}`)
      // What is left of an earlier source must not be taken for this one.
      if (target !== undefined) rmSync(file, { force: true })
      return false
    }
    renameSync(built, file)
  } finally {
    rmSync(aside, { recursive: true, force: true })
  }
  await Bun.write(stampFile, JSON.stringify({ ...(await readStamp()), [name]: hash }, undefined, 2))
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`dist/${name} built in ${seconds} s, ${(Bun.file(file).size / 1e6).toFixed(1)} MB`)
  return true
}

/** Why it did not work, or nothing. */
async function compile(target: string | undefined, outfile: string): Promise<string | undefined> {
  const forTarget = target === undefined ? [] : [`--target=bun-${target}`]
  const command = [process.execPath, "build", ...flags, ...forTarget, "src/main.ts", "--outfile", outfile]
  const bun = Bun.spawn(command, { cwd: root, stdin: "ignore", stdout: "pipe", stderr: "pipe" })
  const [out, error, code] = await Promise.all([bun.stdout.text(), bun.stderr.text(), bun.exited])
  if (code === 0 && existsSync(outfile)) return undefined
  return `${error.trim() || out.trim() || "no reason given"} (exit code ${code})`
}

/** Lists the executables of this source, in the form that `sha256sum --check` reads. */
async function writeSums(hash: string): Promise<void> {
  const stamp = await readStamp()
  const lines: string[] = []
  for (const target of targets) {
    const name = `bellhop-${target}${isWindows(target) ? ".exe" : ""}`
    const file = Bun.file(join(dist, name))
    if (stamp[name] !== hash || !(await file.exists())) continue
    lines.push(`${new Bun.CryptoHasher("sha256").update(await file.bytes()).digest("hex")}  ${name}\n`)
  }
  await Bun.write(sumsFile, lines.join(""))
}

async function readStamp(): Promise<Record<string, string>> {
  const stamp: unknown = await Bun.file(stampFile)
    .json()
    .catch(() => undefined)
  if (typeof stamp !== "object" || stamp === null) return {}
  return Object.fromEntries(Object.entries(stamp).filter((entry) => typeof entry[1] === "string"))
}

function isWindows(target: string | undefined): boolean {
  return target === undefined ? process.platform === "win32" : target.startsWith("windows")
}
