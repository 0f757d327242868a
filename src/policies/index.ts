import type { Policy } from "../core/handler.ts"
import type { AnyPart } from "../core/part.ts"
import { bodyLimit } from "./body-limit.ts"
import { compress } from "./compress.ts"
import { headers } from "./headers.ts"
import { mirror } from "./mirror.ts"
import { requestId } from "./request-id.ts"
import { soap } from "./soap.ts"
import { timeout } from "./timeout.ts"
import { transform } from "./transform.ts"

/** The shelf of policies; its order is the running order, outermost first. */
export const policies: readonly AnyPart<Policy>[] = [
  requestId,
  compress,
  bodyLimit,
  transform,
  soap,
  headers,
  timeout,
  mirror,
]
