import type { Ended } from "../../core/observer.ts"
import type { Redact } from "../redact.ts"

/** Takes a text from an exchange; undefined: it has nothing to say about it. */
type TextOf = (ended: Ended, redact: Redact) => string | undefined
type NumberOf = (ended: Ended) => number

/** What a line can say: a text, a count, a length of time in milliseconds, or the time of the day. */
export type Field =
  | { readonly kind: "text"; readonly of: TextOf }
  | { readonly kind: "whole" | "milliseconds" | "time"; readonly of: NumberOf }

const text = (of: TextOf) => ({ kind: "text", of }) as const
const whole = (of: NumberOf) => ({ kind: "whole", of }) as const
const milliseconds = (of: NumberOf) => ({ kind: "milliseconds", of }) as const

const header = (value: string | undefined, redact: Redact): string | undefined =>
  value === undefined ? undefined : redact.text(value)

/** Everything that a line can say, in the order in which it does. */
export const fields = {
  time: { kind: "time", of: ({ at }: Ended) => at },
  id: text(({ exchange }, redact) => redact.text(exchange.id)),
  trace: text(({ exchange }) => exchange.trace?.traceId),
  span: text(({ exchange }) => exchange.trace?.spanId),
  client: text(({ exchange }) => exchange.client),
  identity: text(({ exchange }, redact) => exchange.identity && redact.text(exchange.identity.subject)),
  scheme: text(({ exchange }) => exchange.scheme),
  method: text(({ exchange }) => exchange.method),
  host: text(({ exchange }) => exchange.host),
  path: text(({ exchange }, redact) => redact.text(exchange.sentPath)),
  query: text(({ exchange }, redact) => (exchange.sentSearch === "" ? undefined : redact.query(exchange.sentSearch))),
  route: text(({ exchange }) => (exchange.route === "" ? undefined : exchange.route)),
  status: whole(({ status }) => status),
  code: text(({ code }) => code),
  outcome: text(({ outcome }) => outcome),
  took: milliseconds(({ began, ended }) => ended - began),
  answered: milliseconds(({ began, answered }) => answered - began),
  gateway: milliseconds(({ began, answered, upstream }) => Math.max(0, answered - began - upstream)),
  upstream: milliseconds(({ upstream }) => upstream),
  received: whole(({ received }) => received),
  sent: whole(({ sent }) => sent),
  agent: text(({ exchange }, redact) => header(exchange.headers.get("user-agent"), redact)),
  referer: text(({ exchange }, redact) => header(exchange.headers.get("referer"), redact)),
} as const satisfies Readonly<Record<string, Field>>

/** The name of a field. */
export type FieldName = keyof typeof fields

/** All names of fields. */
export const fieldNames = Object.keys(fields) as FieldName[]

/** What a line says where the config does not choose. */
export const standardFields: readonly FieldName[] = fieldNames.filter((name) => name !== "span" && name !== "scheme")
