import type { Exchange } from "../core/exchange.ts"

/** Names that a path or a call takes from the route: `:id`, and `*` for the rest. */
export const namesIn = (template: string): string[] =>
  [...template.matchAll(/:([A-Za-z_]\w*)|\*/g)].map(([whole, name]) => name ?? whole)

/** A path to be filled with what a route's parameters stood for, still escaped as the client wrote it. */
export function pathTemplate(template: string): (exchange: Exchange) => string {
  const pieces = template.split(/:([A-Za-z_]\w*)|(\*)/g).filter((piece) => piece !== undefined)
  const fills = pieces.map((piece, index): string | ((exchange: Exchange) => string) => {
    if (index % 2 === 0) return ascii(piece)
    const before = pieces.slice(0, index).join("")
    // A path may hold letters that would begin another parameter of a query.
    return /\?[^#]*$/.test(before)
      ? ({ params }) => (params.get(piece) ?? "").replace(/[&=+;?#]/g, encodeURIComponent)
      : ({ params }) => params.get(piece) ?? ""
  })
  const [only] = fills
  if (fills.length === 1 && typeof only === "string") return () => only
  return (exchange) => fills.map((fill) => (typeof fill === "string" ? fill : fill(exchange))).join("")
}

/** Clients escape what is not ASCII, people who write a config do not. */
export const ascii = (text: string): string => text.toWellFormed().replace(/[^!-~]+/g, encodeURIComponent)
