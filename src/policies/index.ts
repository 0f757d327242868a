import type { Policy } from "../core/handler.ts"
import type { AnyPart } from "../core/part.ts"
import { auth } from "./auth.ts"
import { authorize } from "./authorize.ts"
import { bodyLimit } from "./body-limit.ts"
import { bots } from "./bots.ts"
import { cache } from "./cache.ts"
import { compress } from "./compress.ts"
import { cors } from "./cors.ts"
import { csrf } from "./csrf.ts"
import { headers } from "./headers.ts"
import { ipFilter } from "./ip-filter.ts"
import { mirror } from "./mirror.ts"
import { quota } from "./quota.ts"
import { rateLimit } from "./rate-limit.ts"
import { requestId } from "./request-id.ts"
import { securityHeaders } from "./security-headers.ts"
import { shed } from "./shed.ts"
import { soap } from "./soap.ts"
import { timeout } from "./timeout.ts"
import { transform } from "./transform.ts"

/** The shelf of policies; its order is the running order, outermost first. */
export const policies: readonly AnyPart<Policy>[] = [
  requestId,
  securityHeaders,
  ipFilter,
  cors,
  bots,
  compress,
  bodyLimit,
  csrf,
  auth,
  authorize,
  shed,
  rateLimit,
  quota,
  cache,
  transform,
  soap,
  headers,
  timeout,
  mirror,
]
