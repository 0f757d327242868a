import type { MockFunction } from "bellhop"

export default (async (request) => {
  const { amount, currency = "EUR" } = ((await request.body()) ?? {}) as { amount?: unknown; currency?: string }
  if (typeof amount !== "number" || amount <= 0)
    return Response.json({ error: "The amount has to be a number of cents above zero." }, { status: 422 })
  return { id: `ch_${crypto.randomUUID().slice(0, 8)}`, status: "succeeded", amount, currency }
}) satisfies MockFunction
