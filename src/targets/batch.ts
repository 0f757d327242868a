import { defineTarget } from "../core/part.ts"
import { about, listOf, object, optional, printed } from "../core/schema.ts"
import { size } from "../core/units.ts"
import { headerName, integer, oneOf, text } from "../core/values.ts"
import { inOnePiece, lineByLine } from "./batch/answers.ts"
import { checkInherited, checkRoutes } from "./batch/check-batch.ts"
import { standardInherited } from "./batch/headers.ts"
import { readBatch } from "./batch/read-batch.ts"

/** Answers many requests of a client at once. */
export const batch = defineTarget({
  name: "batch",
  inherits: true,
  about:
    'Answers many requests to other routes of this config in one round: { "requests": [{ "id", "method", "path", "headers", "body" }] }.',
  options: object({
    batch: about(
      "Which routes may be asked in one round, and how much at once. Each request goes through all policies of its route, as if it had come by itself, and fails by itself: this is no transaction, and what one has done stays done when another fails.",
      object({
        routes: about(
          "The routes that may be asked, by their keys in this config. Any other gets 403 in its entry.",
          printed("readonly K[]", listOf(text({ expected: 'the key of a route such as "GET /cart"' }))),
        ),
        limit: about(
          "How many requests one batch may have; more are refused with 400.",
          optional(integer(1, 1000), 20),
        ),
        concurrency: about("How many requests are under way at a time.", optional(integer(1, 100), 10)),
        maxBody: about("The largest body of a batch; a larger one is refused with 413.", optional(size(), "1mb")),
        maxAnswers: about(
          "How large the bodies of all answers may be together. In the order of the requests, each that is larger than what those before it left has 502 in its entry.",
          optional(size(), "10mb"),
        ),
        inherit: about(
          `Headers of the batch that each of its requests gets unless it has its own. Default: ${standardInherited.join(", ")}. Where a browser says which page it asks for (origin, referer, sec-fetch-…), each request says so too.`,
          optional(listOf(headerName())),
        ),
        stream: about(
          'With "ndjson" each answer is sent as it arrives: a line of JSON with its "index" and "id". Those that arrive first have room first.',
          optional(oneOf("ndjson")),
        ),
      }),
    ),
  }),
  check({ batch: { routes, inherit } }, known, path, report) {
    checkRoutes(routes, known, [...path, "batch", "routes"], report)
    checkInherited(inherit ?? [], [...path, "batch", "inherit"], report)
  },
  create({ batch: { routes, limit, concurrency, maxBody, maxAnswers, inherit, stream } }, tools) {
    const ground = {
      gateway: tools.gateway(routes),
      problem: tools.problem,
      inherited: inherit?.map((name) => name.toLowerCase()) ?? standardInherited,
      concurrency,
      maxAnswers,
    }
    const answer = stream === undefined ? inOnePiece : lineByLine
    return async (exchange) => answer(exchange, await readBatch(exchange, limit, maxBody), ground)
  },
})
