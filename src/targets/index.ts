import type { Handler } from "../core/handler.ts"
import type { AnyPart } from "../core/part.ts"
import { aggregate } from "./aggregate.ts"
import { batch } from "./batch.ts"
import { handler } from "./handler.ts"
import { mock } from "./mock.ts"
import { redirect } from "./redirect.ts"
import { reply } from "./reply.ts"
import { service } from "./service.ts"

/** The shelf of targets: what can answer a route. */
export const targets: readonly AnyPart<Handler>[] = [service, aggregate, batch, mock, redirect, reply, handler]
