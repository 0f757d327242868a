import { GatewayError } from "../../core/errors.ts"
import { readUsageQuery, WrongUsageQuery } from "../../observe/usage-query.ts"
import { usageCsv, usageJson, usageReport, usageTable } from "../../observe/usage-report.ts"
import type { Live } from "../live.ts"

/** Answers what was used: `?by=key,route&since=7d&until=2026-11-21`, as JSON, or as CSV for those who accept that. */
export async function usageAnswer(
  live: Live,
  request: Request,
  refused: (status: number, detail: string) => Response,
): Promise<Response> {
  const built = live.now?.built
  if (!built?.usage) return refused(404, "The config keeps no account of usage: add usage: true.")
  const asked = new URL(request.url).searchParams
  const given = (name: string): string | undefined => asked.get(name) ?? undefined
  try {
    const query = readUsageQuery({ by: given("by"), since: given("since"), until: given("until") }, Date.now())
    const sums = await usageReport(built.store, query)
    if (!/\btext\/csv\b/.test(request.headers.get("accept") ?? "")) return Response.json(usageJson(sums, query))
    return new Response(usageCsv(usageTable(sums, query)), { headers: { "content-type": "text/csv; charset=utf-8" } })
  } catch (error) {
    if (error instanceof WrongUsageQuery) return refused(400, error.message)
    if (error instanceof GatewayError) return refused(error.status, error.message)
    throw error
  }
}
