import type { Exchange } from "../../../../src/core/exchange.ts"
import type { Reply } from "../../../../src/core/reply.ts"
import { HeaderList } from "../../../../src/http/header-list.ts"
import { tools } from "../../../support/exchange.ts"
import { site, type Visitor } from "../visiting.ts"

/** The secret of its sessions. */
export const secret = "a secret that is long enough for sessions"

/** A service that says who has logged in as the client asks it to. */
export const service = ({ search, path }: Exchange): Reply => {
  const said = path === "/login" ? decodeURIComponent(search.slice(1)) : ""
  return { status: 200, headers: new HeaderList(said === "" ? [] : ["x-session", said]), body: "fine" }
}

/** A site whose service begins sessions. */
export const shop = (options: object = {}, given = tools()) =>
  site({ anonymous: true, session: { secret, begin: "X-Session", logout: "/logout", ...options } }, given, service)

const ada = { sub: "ada", roles: ["buyer"], scope: "read write", plan: "pro" }

/** Has the service say who it is. */
export async function logIn(visitor: Visitor, claims: object = ada) {
  return visitor.visit({ method: "POST", path: `/login?${encodeURIComponent(JSON.stringify(claims))}` })
}

/** Who a visit is taken for. */
export const who = async (visitor: Visitor): Promise<string | undefined> =>
  (await visitor.visit({ path: "/cart" })).served?.identity?.subject
