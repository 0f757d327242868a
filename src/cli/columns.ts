/** Rows of cells as aligned lines; the last column is wrapped to the width, below its own start. */
export function columns(
  rows: readonly (readonly string[])[],
  { indent = 2, gap = 3, width = Number.POSITIVE_INFINITY }: { indent?: number; gap?: number; width?: number } = {},
): string {
  const count = Math.max(0, ...rows.map((row) => row.length))
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(0, ...rows.map((row) => Bun.stringWidth(row[column] ?? ""))),
  )
  let text = ""
  for (const row of rows) {
    let line = " ".repeat(indent)
    for (const [column, cell] of row.entries()) {
      if (column === row.length - 1) line += wrap(cell, width, Bun.stringWidth(line))
      else line += cell + " ".repeat((widths[column] ?? 0) - Bun.stringWidth(cell) + gap)
    }
    text += `${line.trimEnd()}\n`
  }
  return text
}

/** A text broken between words, its further lines indented; a narrow rest is left to the terminal. */
export function wrap(text: string, width: number, indent: number): string {
  const room = width - indent
  if (room < 20) return text
  const lines: string[] = []
  let line = ""
  for (const word of text.split(" ")) {
    if (line !== "" && Bun.stringWidth(line) + 1 + Bun.stringWidth(word) > room) {
      lines.push(line)
      line = word
    } else line = line === "" ? word : `${line} ${word}`
  }
  lines.push(line)
  return lines.join(`\n${" ".repeat(indent)}`)
}
