import { GatewayError } from "../core/errors.ts"
import { entriesOf } from "../core/network-list.ts"
import { definePolicy } from "../core/part.ts"
import { about, listOf, object, optional, type Schema, schema } from "../core/schema.ts"
import { Secret } from "../core/secret.ts"
import { oneOf, text } from "../core/values.ts"

const written = text({ expected: "a text that a user agent has in it", pattern: /[^\s*]/ })

/** What user agents have in them, in small letters: the pieces between the stars, in order. Several where a file lists them. */
const agents: Schema<readonly string[][]> = schema({
  expected: written.expected,
  types: written.types(""),
  accepts: written.accepts,
  parse(value, path, report) {
    const found = written.parse(value, path, report)
    const all = value instanceof Secret ? entriesOf(found) : [[found, 1] as const]
    return all.map(([one, line]) => {
      const pieces = one
        .toLowerCase()
        .split("*")
        .filter((piece) => piece !== "")
      if (pieces.length === 0 && value instanceof Secret)
        report({
          code: "E204",
          path,
          message: `Line ${line} of ${value.from} takes any user agent.`,
          fix: "Remove it.",
        })
      return pieces
    })
  },
})

/** Refuses programs by what they call themselves. */
export const bots = definePolicy({
  name: "bots",
  stateless: true,
  about:
    "Refuses programs by their User-Agent, which they may make up: it keeps out those that are honest about what they are. Others get 403.",
  options: object({
    deny: about(
      'Who is refused: texts that a user agent has in it, in capitals or not, with `*` for anything between ("bot", "curl/", "Mozilla/4.*MSIE"), and `file()` for lists with one on each line.',
      optional(listOf(agents)),
    ),
    allow: about(
      "Who is let in whatever `deny` says; without `deny`, nobody else is. Written as in `deny`.",
      optional(listOf(agents)),
    ),
    empty: about(
      'What becomes of requests without a User-Agent: "pass" or "deny". Default: as of those that are in no list.',
      optional(oneOf("pass", "deny")),
    ),
  }),
  check({ allow, deny, empty }, _, path, report) {
    if (allow === undefined && deny === undefined && empty !== "deny")
      report({
        code: "E202",
        path,
        message: "Nobody is refused here.",
        fix: 'Add "deny", "allow" or empty: "deny", or remove the rule.',
      })
  },
  create({ allow, deny, empty }) {
    const allowed = allow?.flat() ?? []
    const denied = deny?.flat()
    // Only those that are named are let in, where nobody is named who is not.
    const others = denied !== undefined || allow === undefined
    const passes = (agent: string): boolean => {
      if (agent === "") return empty === undefined ? others : empty === "pass"
      const small = agent.toLowerCase()
      return allowed.some((one) => isIn(small, one)) || (others && !denied?.some((one) => isIn(small, one)))
    }
    return (next) => (exchange) => {
      if (passes(exchange.headers.get("user-agent") ?? "")) return next(exchange)
      throw new GatewayError("forbidden", "This user agent is not let in.")
    }
  },
})

/** Whether a text has all pieces in it, one after the other. */
function isIn(agent: string, pieces: readonly string[]): boolean {
  let at = 0
  for (const piece of pieces) {
    const found = agent.indexOf(piece, at)
    if (found < 0) return false
    at = found + piece.length
  }
  return true
}
