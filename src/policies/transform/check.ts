import type { Known } from "../../core/part.ts"
import { list, type Path, type Report } from "../../core/schema.ts"
import type { RequestSide, ResponseSide, TransformOptions } from "./options.ts"
import { checkHoles } from "./template.ts"

/** Finds what no schema can see: options that exclude each other, and placeholders that stand for nothing. */
export function checkTransform(
  { request, response }: TransformOptions,
  known: Known,
  path: Path,
  report: Report,
): void {
  if (request) checkSide(request, known, [...path, "request"], report)
  if (response) checkSide(response, known, [...path, "response"], report)
  for (const { holes } of request?.query?.set?.values() ?? []) checkHoles(holes, known, report, false)
  if (response?.to !== undefined && response.accept)
    report({
      code: "E204",
      path: [...path, "response", "to"],
      on: "key",
      message: '"to" is one format, "accept" lets the client choose.',
      fix: "Keep one of them.",
    })
  if (response?.accept) checkOnce(response.accept, [...path, "response", "accept"], report)
}

function checkSide(side: RequestSide | ResponseSide, known: Known, path: Path, report: Report): void {
  if (side.from) checkOnce(side.from, [...path, "from"], report)
  for (const { holes } of side.set?.values() ?? []) checkHoles(holes, known, report)
  const { to } = side
  const written = new Set<string | undefined>([to, ...("accept" in side ? (side.accept ?? []) : [])])
  for (const name of ["xml", "csv", "form"] as const) {
    const read = side.from?.includes(name) ?? true
    if (!side[name] || read || written.has(name)) continue
    report({
      code: "E306",
      path: [...path, name],
      on: "key",
      message: `"${name}" has no effect: this side neither reads nor writes it.`,
      fix: `Remove it, or name "${name}" in ${list(['"from"', '"to"'])}.`,
    })
  }
}

function checkOnce(names: readonly string[], path: Path, report: Report): void {
  for (const [at, name] of names.entries())
    if (names.indexOf(name) < at)
      report({ code: "E204", path: [...path, at], message: `"${name}" is there twice.`, fix: "Keep the first." })
}
