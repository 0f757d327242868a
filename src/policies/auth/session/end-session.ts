import { ownTarget } from "../../../core/part.ts"
import type { SessionOptions } from "./options.ts"
import { redirectTo } from "./redirect-to.ts"
import { refuseOtherOrigins } from "./same-origin.ts"
import { ownSessions } from "./sessions.ts"

/** Ends the session of a browser. */
export const endSession = ownTarget({
  name: "endSession",
  about: "Ends the session of a browser.",
  create(chosen: SessionOptions & { readonly afterLogout: string }, tools) {
    const sessions = ownSessions(chosen, tools)
    const origins = new Set(chosen.origins)
    return async (exchange) => {
      refuseOtherOrigins(exchange, origins, true)
      await sessions.end(exchange)
      return redirectTo(chosen.afterLogout)
    }
  },
})
