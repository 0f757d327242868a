import type { MockFunction } from "bellhop"

const names = new Map([
  ["1", "Jonas Lind"],
  ["7", "Mina Okafor"],
  ["12", "Tomasz Wilk"],
])

export default (({ params: { id = "" } }) => {
  const name = names.get(id)
  if (name === undefined) return Response.json({ error: `There is no user "${id}".` }, { status: 404 })
  return { id, name, email: `${name.split(" ")[0]?.toLowerCase()}@shop.example` }
}) satisfies MockFunction
