import { discard } from "../../core/discard.ts"
import { GatewayError } from "../../core/errors.ts"
import type { Exchange } from "../../core/exchange.ts"
import type { Identity } from "../../core/identity.ts"
import type { Reply } from "../../core/reply.ts"
import { about, listOf, object, optional } from "../../core/schema.ts"
import { checkService, serviceName } from "../../core/service-name.ts"
import { duration } from "../../core/units.ts"
import { flag, headerName, headerValue, oneOf, text } from "../../core/values.ts"
import { digestOf } from "./api-key/key-text.ts"
import { type Question, questioner } from "./forward/question.ts"
import { vouchedFields, vouchedIdentity } from "./forward/vouched.ts"
import { placeOption } from "./place-option.ts"
import { remember } from "./remember.ts"
import { defineScheme, type Place, Refused } from "./scheme.ts"

const standardPlaces: readonly Place[] = [{ in: "header", name: "authorization" }]

const mostKnown = 10_000

/** Asks a service who asks. */
export const forward = defineScheme({
  name: "forward",
  about:
    "Asks a service: 2xx lets the request in, 401 and 403 do not, everything else is answered with 503. It gets the credentials and, in `x-original-method`, `x-original-uri` and `x-original-url`, what they are for.",
  options: object({
    service: about("The service that is asked.", serviceName),
    path: about(
      "The path that is asked for.",
      optional(text({ expected: 'a path such as "/verify"', pattern: /^\/[^\s?#]*$/ }), "/"),
    ),
    method: about("The method that is asked with.", optional(oneOf("GET", "HEAD", "POST"), "GET")),
    from: about(
      'Where the credentials stand: `{ header }`, `{ cookie }`, `{ query }`, or a list of these; requests without any are not asked about. A parameter of the query comes as `x-original-credentials`. Default: the header "authorization".',
      optional(placeOption),
    ),
    headers: about("Further headers of the request that the service gets.", optional(listOf(headerName()))),
    request: about(
      "Tells the service which request it is about. Without it, the answer is about the credentials alone.",
      optional(flag(), true),
    ),
    timeout: about("How long the answer may take.", optional(duration(), "2s")),
    remember: about(
      "How long an answer holds for the same question, yes or no. Without it, the service is asked every time.",
      optional(duration()),
    ),
    ...vouchedFields,
    challenge: about("What `WWW-Authenticate` says where the service says nothing.", optional(headerValue(), "Bearer")),
    forward: about(
      "Lets credentials that the service has vouched for reach the service of the route.",
      optional(flag(), false),
    ),
  }),
  check({ service }, known, path, report) {
    checkService(service, known, [...path, "service"], report)
  },
  uses: ({ service }) => [service],
  create(options, tools) {
    const { from: places = standardPlaces, path, method, timeout, challenge } = options
    const answer = tools.service(options.service)
    const questionOf = questioner(places, options.headers ?? [], options.request)
    const known = new Map<string, { verdict: Identity | Refused | GatewayError; until: number }>()

    /** What the service says; fails when it says nothing of use, which is not remembered. */
    async function judge(
      exchange: Exchange,
      { headers, credentials }: Question,
    ): Promise<Identity | Refused | GatewayError> {
      const child = exchange.derive({ method, rawPath: path, path, search: "", headers, body: null })
      child.limit(timeout)
      let reply: Reply
      try {
        reply = await child.unlessOver(Promise.resolve(answer(child)))
      } catch (cause) {
        if (exchange.isOver) throw cause
        throw failed(options.service, cause)
      } finally {
        child.settled()
      }
      discard(reply)
      const { status } = reply
      if (status >= 200 && status < 300) {
        const found = vouchedIdentity(options, reply.headers, digestOf(credentials))
        if (found) return found
        throw failed(options.service, new Error(`it did not say who it is in "${options.subject}".`))
      }
      if (status === 401) return new Refused("the service says no", { challenge: challengeOf(reply) })
      if (status === 403)
        return new GatewayError("forbidden", "The request is not allowed.", {
          cause: new Error("forward: the service says no."),
        })
      throw failed(options.service, new Error(`it answered with the status ${status}.`))
    }

    async function ask(exchange: Exchange, question: Question): Promise<Identity> {
      const verdict = await judge(exchange, question)
      if (options.remember !== undefined)
        remember(known, mostKnown, digestOf(question.text), { verdict, until: Date.now() + options.remember })
      return settled(verdict)
    }

    return {
      identify(exchange) {
        const question = questionOf(exchange)
        if (!question) return undefined
        const found = options.remember === undefined ? undefined : known.get(digestOf(question.text))
        return found && found.until > Date.now() ? settled(found.verdict) : ask(exchange, question)
      },
      challenge: (_, refused) => refused?.challenge ?? challenge,
      places,
      forward: options.forward,
    }
  },
})

function settled(verdict: Identity | Refused | GatewayError): Identity {
  if (verdict instanceof Error) throw verdict
  return verdict
}

const failed = (service: string, cause: unknown): GatewayError =>
  new GatewayError("unavailable", "Who asks cannot be told now: try again soon.", {
    cause: new Error(
      `Service "${service}" was asked who it is: ${cause instanceof Error ? cause.message : String(cause)}`,
    ),
    headers: { "retry-after": "1" },
  })

// Header values of a service may hold what cannot stand in a problem's header.
function challengeOf({ headers }: Reply): string | undefined {
  const said = headers.all("www-authenticate").join(", ")
  return said === "" ? undefined : said
}
