import { schema } from "../../core/schema.ts"
import { headerName } from "../../core/values.ts"
import { isHopByHop } from "../../http/hop-by-hop.ts"
import { defineGuard } from "../guard.ts"

const plain = headerName()

// These say how the request is read, or are not for services at all.
const taken = new Set(["host", "content-length", "expect", "forwarded"])

const ownHeader = schema<string>({
  expected: 'the name of a header of its own, such as "x-request-timeout"',
  types: "string",
  accepts: (value) => typeof value === "string",
  parse(value, path, report) {
    const name = plain.parse(value, path, report).toLowerCase()
    if (isHopByHop(name) || taken.has(name) || /^x-(forwarded|bellhop)-/.test(name))
      report({
        code: "E204",
        path,
        message: `Expected ${ownHeader.expected}, got "${name}", which means something else.`,
        fix: 'Take another name, such as "x-request-timeout".',
      })
    return name
  },
})

/** Tells the service how long its answer is waited for. */
export const deadlineHeader = defineGuard({
  name: "deadlineHeader",
  about:
    'A header, such as "x-request-timeout", that tells the service how many milliseconds are left for its answer; work that takes longer is wasted.',
  options: ownHeader,
  create: (name) => ({
    around: (next) => (exchange) => {
      const left = exchange.deadline - performance.now()
      if (left === Number.POSITIVE_INFINITY) exchange.headers.delete(name)
      else exchange.headers.set(name, String(Math.max(1, Math.floor(left))))
      return next(exchange)
    },
  }),
})
