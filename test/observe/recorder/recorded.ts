import { Exchange } from "../../../src/core/exchange.ts"
import type { Ended } from "../../../src/core/observer.ts"
import { Span } from "../../../src/core/span.ts"
import { HeaderList } from "../../../src/http/header-list.ts"
import { Recording } from "../../../src/observe/recorder/recording.ts"
import { redaction } from "../../../src/observe/redact.ts"

interface Asked {
  readonly method?: string
  readonly rawPath?: string
  readonly search?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: ReadableStream<Uint8Array> | null
}

/** An exchange as the door lets one in. */
export const arrived = ({
  method = "GET",
  rawPath = "/x",
  search = "",
  headers = {},
  body = null,
}: Asked = {}): Exchange =>
  new Exchange({
    id: Bun.randomUUIDv7(),
    method,
    scheme: "http",
    host: "shop.test",
    rawPath,
    path: rawPath,
    search,
    headers: HeaderList.of(headers),
    client: "127.0.0.1",
    body,
  })

/** How an exchange went, as a listener tells of it. */
export function told(
  exchange: Exchange,
  { status = 200, took = 5, code }: { status?: number; took?: number; code?: string | undefined } = {},
): Ended {
  const began = exchange.began
  const ended = began + took
  return {
    exchange,
    status,
    began,
    answered: ended,
    ended,
    at: Date.now(),
    received: 0,
    sent: 0,
    outcome: "whole",
    code: code as Ended["code"],
    upstream: 0,
  }
}

/** A recording that has ended. */
export function recording(
  asked: Asked = {},
  {
    route = "",
    tries = [],
    ...how
  }: { status?: number; took?: number; code?: string; route?: string; tries?: readonly string[] } = {},
): Recording {
  const exchange = arrived(asked)
  const made = new Recording(exchange, redaction())
  made.admitted = true
  exchange.route = route
  exchange.span = new Span("route", route)
  for (const service of tries) exchange.span.child("part", service).child("try", service).end(200)
  made.asked.ended = exchange.body === null
  made.end(told(exchange, how))
  return made
}
