import { defineTarget } from "../core/part.ts"
import { about, object, optional, schema, shown } from "../core/schema.ts"
import { text } from "../core/values.ts"
import { HeaderList } from "../http/header-list.ts"
import { checkParams } from "./names.ts"
import { pathTemplate } from "./path-template.ts"

const statuses = [301, 302, 303, 307, 308] as const

const status = schema<number>({
  expected: "301, 302, 303, 307 or 308",
  types: statuses.join(" | "),
  accepts: (value) => typeof value === "number",
  parse(value, path, report) {
    if (!statuses.some((one) => one === value))
      report({ code: "E204", path, message: `Expected 301, 302, 303, 307 or 308, got ${shown(value)}.` })
    return value as number
  },
})

/** Sends the client elsewhere. */
export const redirect = defineTarget({
  name: "redirect",
  about: "Sends the client elsewhere.",
  options: object({
    redirect: about(
      "Where the client is sent.",
      object({
        to: about(
          'A path or a URL; `:name` and `*` as in the route. The query comes along unless "to" has one.',
          text({
            expected: 'a path or a URL such as "/new/:id" or "https://example.com/"',
            pattern: /^(\/(?!\/)|https?:\/\/([^\s/:*?#@\\]+|\[[\da-f:.]+\])(:\d+)?(\/|$))[^\s\\]*$/,
          }),
        ),
        status: about("The status of the answer.", optional(status, 308)),
      }),
    ),
  }),
  check({ redirect: { to } }, known, path, report) {
    checkParams(to.replace(/^https?:\/\/[^/]+/, ""), known, [...path, "redirect", "to"], report)
  },
  create({ redirect: { to, status: code } }) {
    const [, site, path = to] = /^(https?:\/\/[^/]+)(.*)$/.exec(to) ?? []
    // A name of other letters than ASCII has another spelling on the wire.
    const origin = site && (URL.parse(site)?.origin ?? site)
    const [, before = "", fragment = ""] = /^([^#]*)(.*)$/.exec(path) ?? []
    const [fill, fillFragment] = [pathTemplate(before), pathTemplate(fragment)]
    const hasQuery = before.includes("?")
    return (exchange) => {
      const filled = fill(exchange)
      // What begins with two slashes, to a browser in any of these spellings, is the name of another host.
      const location = origin === undefined ? filled.replace(/^[/\\\t\r\n]+/, "/") : origin + filled
      const query = hasQuery ? "" : exchange.search
      return {
        status: code,
        headers: new HeaderList(["location", location + query + fillFragment(exchange)]),
        body: null,
      }
    }
  },
})
