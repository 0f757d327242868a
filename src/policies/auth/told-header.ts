import type { Schema } from "../../core/schema.ts"
import { headerName } from "../../core/values.ts"
import { isHopByHop } from "../../http/hop-by-hop.ts"

const name = headerName()
const ownOrFraming = /^(?:x-forwarded-.*|x-bellhop-.*|forwarded|x-real-ip|host|expect|content-length)$/

/** The name of a header that a service is told something in: one that reaches it. */
export const toldHeader: Schema<string> = {
  ...name,
  parse(value, path, report) {
    const found = name.parse(value, path, report)
    const plain = typeof found === "string" ? found.toLowerCase().replaceAll("_", "-") : ""
    if (ownOrFraming.test(plain) || isHopByHop(plain))
      report({
        code: "E204",
        path,
        message: `The header "${found}" would not reach the service: it is about connections, or the gateway's own.`,
        fix: 'Give it another name, such as "x-user".',
      })
    return found
  },
}
