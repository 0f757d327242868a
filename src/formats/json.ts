import { decodeText } from "./decode-text.ts"
import { cannotRead, cannotWrite, type Codec, deepest, defineFormat, isDeeper } from "./format.ts"
import { jsonError } from "./json-error.ts"

/** What can be said about JSON. */
export interface JsonOptions {
  /** How deep lists and objects may be nested; 200 otherwise. */
  depth?: number
}

/** Of a name that comes twice the last one counts, and numbers are those of JavaScript, as in `JSON.parse`. */
export const json = defineFormat<JsonOptions>({
  name: "json",
  about: "JSON (RFC 8259).",
  types: ["application/json", "text/json"],
  suffix: "+json",
  codec({ depth = deepest } = {}): Codec {
    return {
      read(bytes, charset) {
        const text = decodeText(bytes, charset, "JSON")
        let value: unknown
        try {
          value = JSON.parse(text)
        } catch {
          const wrong = jsonError(text)
          throw cannotRead("JSON", wrong?.message ?? "it is not JSON.", wrong)
        }
        // JSON.parse takes a million levels; what walks the value afterwards runs out of stack. To look at the value
        // costs a third of looking at the text.
        if (isDeeper(value, depth))
          throw cannotRead("JSON", `its lists and objects are nested more than ${depth} deep, which is the limit.`)
        return value
      },
      write(value) {
        let text: string | undefined
        try {
          text = JSON.stringify(value) as string | undefined
        } catch (error) {
          const why = error instanceof RangeError ? "it is nested too deeply." : (error as Error).message
          throw cannotWrite("JSON", why)
        }
        if (text === undefined) throw cannotWrite("JSON", `there is no form for ${typeof value}.`)
        return text
      },
    }
  },
})
