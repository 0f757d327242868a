import { HeaderList } from "../../http/header-list.ts"
import { joinRepeated } from "../../http/lines-of.ts"
import type { RequestHead } from "../../http/request-parser.ts"
import { type Arrival, hostShape } from "../door.ts"
import { readTarget } from "./target.ts"

/** A request as the door takes it; undefined: nothing of it could be read. */
export function arrivalOf(head: RequestHead | undefined, scheme: "http" | "https", client: string): Arrival {
  const headers = new HeaderList(head ? joinRepeated(head.lines) : [])
  const read = head && readTarget(head.target)
  // Two of them are one with a comma by now, and that is no host.
  if (read?.host !== undefined && hostShape.test(headers.get("host") ?? "")) headers.set("host", read.host)
  const host = headers.get("host") ?? ""
  return { method: head?.method ?? "GET", scheme, host, target: read?.target, headers, client, body: null }
}
