import { readPurge, WrongPurge } from "../../policies/cache/purge-query.ts"
import { purge } from "../../policies/cache/purge.ts"
import { cacheStatus } from "../cache-metrics.ts"
import type { Live } from "../live.ts"

type Refused = (status: number, detail: string) => Response

/** Answers what the cache did and has. */
export function cacheAnswer(live: Live, refused: Refused): Response {
  const room = live.now?.built.cache
  return room ? Response.json({ cache: cacheStatus(room) }) : refused(503, "No config is served yet.")
}

/** Drops answers: `?url=…`, `?path=/users/*`, `?tag=…` or `?all`. */
export async function purgeAnswer(live: Live, request: Request, refused: Refused): Promise<Response> {
  const room = live.now?.built.cache
  if (!room) return refused(503, "No config is served yet.")
  const asked = new URL(request.url).searchParams
  const given = (name: string): string | undefined => asked.get(name) ?? undefined
  try {
    const what = readPurge({ url: given("url"), path: given("path"), tag: given("tag"), all: given("all") })
    return Response.json({ dropped: await purge(room, what) })
  } catch (error) {
    if (error instanceof WrongPurge) return refused(400, error.message)
    throw error
  }
}
