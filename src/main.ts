import { processIo } from "./cli/io.ts"
import { run } from "./cli/run.ts"

const io = processIo()
const code = await run(process.argv.slice(2), io)
// Ending before a pipe has taken everything would cut a long document short.
await io.written()
process.exit(code)
