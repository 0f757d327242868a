import type { Exchange } from "../core/exchange.ts"

/** Names that a path or a call takes from the route: `:id`, and `*` for the rest. */
export const namesIn = (template: string): string[] =>
  [...template.matchAll(/:([A-Za-z_]\w*)|\*/g)].map(([whole, name]) => name ?? whole)

/** A path to be filled with what a route's parameters stood for, still escaped as the client wrote it. */
export function pathTemplate(template: string): (exchange: Exchange) => string {
  const pieces = template.split(/:([A-Za-z_]\w*)|(\*)/g).filter((piece) => piece !== undefined)
  const names = new Set(namesIn(template))
  if (names.size === 0) return () => template
  const takes = pieces.map((piece, index) => index % 2 === 1)
  return (exchange) =>
    pieces.map((piece, index) => (takes[index] ? (exchange.params.get(piece) ?? "") : piece)).join("")
}
