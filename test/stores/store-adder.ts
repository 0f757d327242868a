// A process that shares a store: `store-adder.ts <file> <name> <count>` says when its store is open, waits for a line,
// adds the keys k0, k1, … with its name, and says which of them it was first with.
import { sqlite } from "../../src/stores/sqlite.ts"

const [, , path = "", name = "", count = "0"] = process.argv
const store = sqlite.create({ path, limit: 64 * 1024 * 1024 }, { root: "/", now: Date.now })
const first: string[] = []

await store.sweep()
console.log("open")
for await (const _ of console) {
  for (let at = 0; at < Number(count); at++)
    if (await store.add(`k${at}`, new TextEncoder().encode(name), 60_000)) first.push(`k${at}`)
  break
}
console.log(JSON.stringify(first))
store.close()
