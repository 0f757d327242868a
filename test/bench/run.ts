// Runs the benches in this folder one after the other, or those that are named: `npm run bench -- reload start-up`.
import { readdirSync } from "node:fs"
import { basename, join } from "node:path"

const named = process.argv.slice(2)
const all = readdirSync(import.meta.dir)
  .filter((file) => file.endsWith(".ts") && file !== basename(import.meta.file))
  .map((file) => basename(file, ".ts"))
  .sort()

const unknown = named.find((name) => !all.includes(name))
if (unknown === undefined) {
  for (const name of named.length > 0 ? named : all) {
    const bench = Bun.spawn([process.execPath, join(import.meta.dir, `${name}.ts`)], {
      stdin: "ignore",
      stdout: "inherit",
      stderr: "inherit",
    })
    if ((await bench.exited) !== 0) process.exitCode = 1
  }
} else {
  console.error(`"${unknown}" is not a bench: use ${all.join(", ")}.`)
  process.exitCode = 2
}
