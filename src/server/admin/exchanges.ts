import { Elysia } from "elysia"

import type { Recorder } from "../../observe/recorder.ts"
import { readFilter, WrongFilter } from "../../observe/recorder/filter.ts"
import { followed } from "../../observe/recorder/followed.ts"
import { harOf } from "../../observe/recorder/har.ts"
import type { Recording } from "../../observe/recorder/recording.ts"
import { detailOf, summaryOf } from "../../observe/recorder/shown.ts"
import type { Live } from "../live.ts"
import { NotReplayed, readEdits, replay } from "./replay.ts"

type Refuse = (status: number, detail: string) => Response

const off =
  "Nothing is recorded. `bellhop dev` records by itself; for `bellhop start` add observe: { recorder: true } to the config."

const standardLimit = 100
const mostListed = 1000

/** A request about exchanges that cannot be answered, and why. */
class Unanswerable extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** Shows what the recorder keeps, as it comes or later, and replays it. */
export function exchangesApp(live: Live, creator: { name: string; version: string }, refused: Refuse) {
  const recorder = (): Recorder => {
    const found = live.now?.built.observing.recorder
    if (!found) throw new Unanswerable(404, off)
    return found
  }
  const one = (id: string): Recording => {
    const found = recorder().find(id)
    if (!found) throw new Unanswerable(404, `No exchange ${JSON.stringify(id)} is kept: it may be too long ago.`)
    return found
  }

  return new Elysia()
    .onError(({ error }) => {
      if (error instanceof Unanswerable || error instanceof NotReplayed) return refused(error.status, error.message)
      if (error instanceof WrongFilter) return refused(400, error.message)
      return undefined
    })
    .get("/exchanges", ({ request }) => {
      const asked = new URL(request.url).searchParams
      const tree = isTrue(asked, "tree")
      const found = listed(recorder(), asked, standardLimit)
      return Response.json({ exchanges: found.map((recording) => summaryOf(recording, tree)) })
    })
    .get("/exchanges.har", ({ request }) => {
      const found = listed(recorder(), new URL(request.url).searchParams, mostListed)
      return Response.json(harOf(found, creator), {
        headers: { "content-disposition": 'attachment; filename="exchanges.har"' },
      })
    })
    .get("/exchanges/stream", ({ request, server }) => {
      const asked = new URL(request.url).searchParams
      const filter = readFilter(asked.get("filter") ?? "")
      const last = count(asked, "last", 0)
      const after = request.headers.get("last-event-id") ?? undefined
      const body = followed(recorder(), { filter, tree: isTrue(asked, "tree"), last, after })
      // Bun's idle timeout would end a stream in which nothing happens for a while.
      server?.timeout(request, 0)
      return new Response(body, { headers: { "content-type": "text/event-stream", "cache-control": "no-store" } })
    })
    .get("/exchanges/:id", ({ params }) => Response.json(detailOf(one(params.id))))
    .get("/exchanges/:id/har", ({ params }) => Response.json(harOf([one(params.id)], creator)))
    .post(
      "/exchanges/:id/replay",
      async ({ params, request, server }) => {
        const found = one(params.id)
        // Nor may it end a replay that waits for its answer.
        server?.timeout(request, 0)
        const edits = readEdits(await request.text())
        return Response.json(detailOf(await replay(live, recorder(), found, edits)))
      },
      { parse: "none" },
    )
    .delete("/exchanges", () => {
      recorder().clear()
      return new Response(null, { status: 204 })
    })
}

function listed(recorder: Recorder, asked: URLSearchParams, standard: number): Recording[] {
  const filter = readFilter(asked.get("filter") ?? "")
  const limit = count(asked, "limit", standard)
  const found: Recording[] = []
  for (const recording of recorder.latest()) {
    if (found.length >= limit) break
    if (filter(recording)) found.push(recording)
  }
  return found
}

function count(asked: URLSearchParams, name: string, standard: number): number {
  const given = asked.get(name) ?? String(standard)
  const number = /^\d{1,6}$/.test(given) ? Number(given) : Number.NaN
  if (number <= mostListed) return number
  throw new Unanswerable(400, `"${name}" is a whole number up to ${mostListed}, not ${JSON.stringify(given)}.`)
}

const isTrue = (asked: URLSearchParams, name: string): boolean => {
  const given = asked.get(name)
  if (given === null || given === "false") return false
  if (given === "" || given === "true") return true
  throw new Unanswerable(400, `"${name}" is true or false, not ${JSON.stringify(given)}.`)
}
