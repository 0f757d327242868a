import { defineTarget } from "../core/part.ts"
import { about, object, optional } from "../core/schema.ts"
import { headerLines, integer, json } from "../core/values.ts"
import { HeaderList } from "../http/header-list.ts"

/** Answers with a fixed text or JSON value. */
export const reply = defineTarget({
  name: "reply",
  about: "A fixed answer.",
  options: object({
    reply: about(
      "A fixed answer.",
      object({
        status: about("The status of the answer.", optional(integer(200, 599), 200)),
        headers: about("Headers of the answer.", optional(headerLines())),
        body: about("A text, or a value that is sent as JSON.", optional(json())),
      }),
    ),
  }),
  create({ reply: { status, headers, body } }) {
    const content = body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body)
    const ready = HeaderList.of(Object.fromEntries(headers ?? []))
    if (content !== null && !ready.has("content-type"))
      ready.set("content-type", typeof body === "string" ? "text/plain; charset=utf-8" : "application/json")
    return () => ({ status, headers: ready.copy(), body: content })
  },
})
