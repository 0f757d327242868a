import { defineFormat } from "./format.ts"
import { decodeXml } from "./xml/decode.ts"
import { seenTo, type XmlOptions } from "./xml/options.ts"
import { readXml } from "./xml/read.ts"
import { writeXml } from "./xml/write.ts"

/** An element is an object, or a text when it has neither attributes nor elements in it. */
export const xml = defineFormat<XmlOptions>({
  name: "xml",
  about: "XML 1.0 without document type declarations.",
  types: ["application/xml", "text/xml"],
  suffix: "+xml",
  codec(options = {}) {
    const mapping = seenTo(options)
    return {
      read: (bytes, charset) => readXml(decodeXml(bytes, charset), mapping),
      write: (value) => writeXml(value, mapping),
    }
  },
})
