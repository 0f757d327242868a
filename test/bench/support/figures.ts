/** A row of a bench: what was measured, and what it should be at most. */
export interface Row {
  what: string
  /** Milliseconds, megabytes or times, as the unit says. */
  values: Readonly<Record<string, number>>
  unit: string
  target?: { of: string; atMost: number }
}

/** The value below which this share of the values lies. */
export function share(values: readonly number[], part: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}

/** Prints rows under a title, each with its target and whether it was met. */
export function print(title: string, rows: readonly Row[]): void {
  const lines = rows.map(({ what, values, unit, target }) => {
    const shown = Object.entries(values).map(([name, value]) => `${name} ${rounded(value)}`)
    const met = target && (values[target.of] ?? Number.NaN) <= target.atMost
    const wanted = target ? `${met ? "met" : "MISSED"}: ${target.of} at most ${target.atMost}${unit && ` ${unit}`}` : ""
    return [what, `${shown.join("  ")}${unit && ` ${unit}`}`, wanted]
  })
  const widths = [0, 1].map((column) => Math.max(...lines.map((line) => (line[column] ?? "").length)))
  console.log(`\n${title}`)
  for (const line of lines)
    console.log(`  ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("   ")}`.trimEnd())
}

/** A figure in a table, and how many times that of the row that the others are compared with. */
export interface Cell {
  readonly value: number
  readonly times: number | undefined
}

/** Prints figures side by side, under the names of their columns. */
export function table(
  title: string,
  columns: readonly string[],
  rows: readonly (readonly [name: string, cells: readonly Cell[]])[],
): void {
  const lines = [["", ...columns], ...rows.map(([name, cells]) => [name, ...cells.map(shown)])]
  const widths = ["", ...columns].map((_, column) => Math.max(...lines.map((line) => (line[column] ?? "").length)))
  console.log(`\n${title}`)
  for (const line of lines)
    console.log(
      `  ${line.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join("   ")}`,
    )
}

const shown = ({ value, times }: Cell): string =>
  `${rounded(value)}${times === undefined ? "" : ` (${times.toFixed(2)})`}`

function rounded(value: number): string {
  if (Number.isInteger(value)) return String(value)
  return value.toFixed(value < 10 ? 2 : value < 1000 ? 1 : 0)
}
