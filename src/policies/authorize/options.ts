import { about, either, object, type Of, optional, record, type Schema, schema } from "../../core/schema.ts"
import { text } from "../../core/values.ts"
import { ruleFields } from "./rules.ts"

const nothingMore = schema<true>({ expected: "true", types: "true", accepts: (value) => value === true })

/** An empty rule would let everybody pass who has an identity, and look like more. */
const asksForSomething = <T>(of: Schema<T>): Schema<T> => ({
  ...of,
  parse(value, path, report) {
    const parsed = of.parse(value, path, report)
    if (of.accepts(value) && Object.values(value as object).every((one) => one === undefined))
      report({
        code: "E205",
        path,
        message: "Nothing is asked for.",
        fix: 'Ask for something, such as scopes: "orders:read".',
      })
    return parsed
  },
})

const methodNames = text({
  expected: 'methods such as "GET" or "PUT,PATCH", or "*" for all others',
  pattern: /^(\*|[A-Z]+(,[A-Z]+)*)$/,
})

const methodRules = asksForSomething(record(either(nothingMore, asksForSomething(object(ruleFields))), methodNames))

/** What is asked for besides by method; true for nothing. */
export type MethodRules = Of<typeof methodRules>

/** What somebody has to have so that a request passes. */
export const authorizeOptions = asksForSomething(
  object({
    ...ruleFields,
    methods: about(
      'What is asked for besides, by method: "GET", "PUT,PATCH", or "*" for those that are not named, which are refused without it. `true` asks for nothing more: where nothing else is asked for either, no identity is needed. HEAD goes by GET where it is not named.',
      optional(methodRules),
    ),
  }),
)
