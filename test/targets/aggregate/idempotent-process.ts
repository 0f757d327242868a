// A gateway in short, that shares its store with others: `idempotent-process.ts <file> <name> <keys> <copies>` says when
// it is ready, waits for a line, sends itself every key as often as that at the same time, and says what was answered.
import { jsonReply } from "../../../src/core/reply.ts"
import { sqlite } from "../../../src/stores/sqlite.ts"
import { keyedTools } from "../../../src/targets/aggregate/idempotency-key.ts"
import { idempotent, standardIdempotency } from "../../../src/targets/aggregate/idempotency.ts"
import { exchange, textOf, tools } from "../../support/exchange.ts"

const [, , path = "", name = "", keys = "0", copies = "0"] = process.argv
const store = sqlite.create({ path, limit: 64 * 1024 * 1024 }, { root: "/", now: Date.now })
let charges = 0
const payment = async () => {
  charges++
  await Bun.sleep(20)
  return jsonReply({ charge: crypto.randomUUID(), by: name })
}
const ground = tools({ store, services: { payment } })
const pay = keyedTools(ground, "idempotency-key").service("payment")
const handle = idempotent(
  (asked) => pay(asked.derive({ ...asked, method: "POST", body: null })),
  standardIdempotency,
  ground,
)
const checkout = async (key: string): Promise<[key: string, answer: string]> => {
  const asked = exchange({ method: "POST", path: "/checkout", headers: { "idempotency-key": key }, body: "{}" })
  return [key, await textOf((await handle(asked)).body)]
}

await store.sweep()
console.log("ready")
for await (const _ of console) {
  const sent = Array.from({ length: Number(keys) * Number(copies) }, (__, at) => checkout(`k${at % Number(keys)}`))
  console.log(JSON.stringify({ answers: await Promise.all(sent), charges }))
  break
}
store.close()
