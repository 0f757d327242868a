import type { AnyPart } from "../../core/part.ts"
import { apiKey } from "./api-key.ts"
import { basic } from "./basic.ts"
import { custom } from "./custom.ts"
import { forward } from "./forward.ts"
import { introspection } from "./introspection.ts"
import { jwt } from "./jwt.ts"
import { oidc } from "./oidc.ts"
import type { Scheme } from "./scheme.ts"
import { session } from "./session.ts"

/** The shelf of schemes, in the order in which they are asked: those that know at once come first. */
export const schemes: readonly AnyPart<Scheme>[] = [apiKey, jwt, introspection, basic, session, oidc, forward, custom]
