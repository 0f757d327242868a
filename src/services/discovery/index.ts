import type { AnySource } from "../source.ts"
import { consul } from "./consul.ts"
import { dns } from "./dns.ts"
import { file } from "./file.ts"
import { http } from "./http.ts"
import { srv } from "./srv.ts"

/** The shelf of ways to find the upstreams of a service. */
export const sources: readonly AnySource[] = [dns, srv, consul, file, http]
