import { ascii } from "../path-template.ts"
import { PartFailure } from "./failure.ts"
import type { Frame } from "./frame.ts"
import { isClients, type Names, reader, type Source } from "./source.ts"
import type { Hole, Template } from "./template.ts"

/** Makes the text of a path or of a query for one call. */
export type Fill = (frame: Frame) => string

/** Fills a path; a value that is not there, or that is no text, is a failure of the part. */
export function pathFill(part: string, made: Template, names: Names): string | Fill {
  const pieces = made.map((piece) => (typeof piece === "string" ? ascii(piece) : pathPiece(part, piece, names)))
  return joined(pieces)
}

/** Fills a query; a pair whose value is not there is left out. */
export function searchFill(part: string, made: Template, names: Names): string | Fill {
  const pairs = pairsOf(made).map((pair) =>
    pair.map((piece) => (typeof piece === "string" ? ascii(piece) : queryPiece(part, piece, names))),
  )
  if (pairs.every((pair) => pair.every((piece) => typeof piece === "string")))
    return pairs.length === 0 ? "" : `?${pairs.map((pair) => pair.join("")).join("&")}`
  return (frame) => {
    let search = ""
    for (const pair of pairs) {
      const text = pairText(pair, frame)
      if (text !== undefined) search += `${search === "" ? "?" : "&"}${text}`
    }
    return search
  }
}

type Piece = string | ((frame: Frame) => string | undefined)

function joined(pieces: readonly (string | Fill)[]): string | Fill {
  if (pieces.every((piece) => typeof piece === "string")) return pieces.join("")
  return (frame) => {
    let text = ""
    for (const piece of pieces) text += typeof piece === "string" ? piece : piece(frame)
    return text
  }
}

function pairText(pair: readonly Piece[], frame: Frame): string | undefined {
  let text = ""
  for (const piece of pair) {
    const made = typeof piece === "string" ? piece : piece(frame)
    if (made === undefined) return undefined
    text += made
  }
  return text
}

function pairsOf(made: Template): (string | Hole)[][] {
  if (made.length === 0) return []
  const pairs: (string | Hole)[][] = [[]]
  made.forEach((piece, index) => {
    if (typeof piece !== "string") return void pairs.at(-1)?.push(piece)
    // The first piece begins with the question mark.
    const [first = "", ...others] = (index === 0 ? piece.slice(1) : piece).split("&")
    if (first !== "") pairs.at(-1)?.push(first)
    for (const other of others) pairs.push(other === "" ? [] : [other])
  })
  return pairs
}

function pathPiece(part: string, { source, written }: Hole, names: Names): Fill {
  const read = reader(source, names)
  // What the client wrote is escaped already, and escaping it again would change it.
  if (source.from === "param") return (frame) => read(frame) as string
  return (frame) => {
    const text = textOf(part, written, source, read(frame))
    // Without its last segment a path often means all of something.
    if (text === undefined || text === "") throw missing(part, written, source)
    return encodeURIComponent(text)
  }
}

function queryPiece(part: string, { source, written }: Hole, names: Names): (frame: Frame) => string | undefined {
  const read = reader(source, names)
  if (source.from === "param") return (frame) => (read(frame) as string).replace(/[&=+;?#]/g, encodeURIComponent)
  return (frame) => {
    const text = textOf(part, written, source, read(frame))
    return text === undefined ? undefined : encodeURIComponent(text)
  }
}

function textOf(part: string, written: string, source: Source, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === "object")
    throw new PartFailure(part, "missing_value", `needs a text or a number for "${written}", which is ${kind(value)}`, {
      status: isClients(source) ? 400 : 502,
    })
  return String(value).toWellFormed()
}

const kind = (value: object): string => (Array.isArray(value) ? "a list" : "an object")

const missing = (part: string, written: string, source: Source): PartFailure =>
  new PartFailure(part, "missing_value", `needs "${written}", which is not there`, {
    status: isClients(source) ? 400 : 502,
  })
