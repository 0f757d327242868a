import { GatewayError } from "../../../core/errors.ts"
import { ownTarget } from "../../../core/part.ts"
import { beginLogin } from "./begin-login.ts"
import { clientOf, type LoginOptions } from "./client.ts"
import { returnPath } from "./return-path.ts"

/** Begins a login for those who ask for one, to go on at the path in `?to=`. */
export const login = ownTarget({
  name: "oidcLogin",
  about: "Sends a browser to the login page of the provider.",
  create(options: LoginOptions, tools) {
    const client = clientOf(options, tools)
    return (exchange) => {
      const to = returnPath(new URLSearchParams(exchange.search).get("to") ?? "/")
      if (to === undefined)
        throw new GatewayError(
          "login_failed",
          "Where to go on after it has to be a path of this origin, such as ?to=/cart.",
        )
      return exchange.unlessOver(beginLogin(exchange, client, to))
    }
  },
})
