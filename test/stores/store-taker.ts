// A process that shares a store: `store-taker.ts <store> <options as JSON> <rule as JSON> <count> <time>` says when its
// store is open, waits for a line, takes so often of one limit, many times at once, and says how often it was allowed.
import type { LimitRule } from "../../src/core/store.ts"
import { storeOf } from "../support/stores.ts"

const [, , name = "", options = "", rule = "", count = "0", time = "0"] = process.argv
const store = storeOf(name, JSON.parse(options), () => Number(time))
const want = { key: "shared", rule: JSON.parse(rule) as LimitRule, cost: 1 }
let passed = 0

await store.sweep()
console.log("open")
for await (const _ of console) {
  const side = async (): Promise<void> => {
    for (let at = 0; at < Number(count); at++) if ((await store.take([want]))[0]?.allowed) passed++
  }
  await Promise.all(Array.from({ length: 16 }, side))
  break
}
console.log(JSON.stringify(passed))
store.close()
