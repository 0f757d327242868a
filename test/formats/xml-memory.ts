// Prints how much the memory of a process grows by each of the documents, in a process of its own.
import { xml } from "../../src/formats/xml.ts"
import { attacks, harmless } from "./xml-attacks.ts"

const used = [...attacks, ...harmless].map(({ says, document }) => {
  const bytes = new TextEncoder().encode(document())
  Bun.gc(true)
  const before = process.memoryUsage.rss()
  try {
    xml.read(bytes)
  } catch {
    // What it says is looked at elsewhere.
  }
  return { says, bytes: bytes.length, megabytes: Math.round((process.memoryUsage.rss() - before) / 1e6) }
})
console.log(JSON.stringify(used))
