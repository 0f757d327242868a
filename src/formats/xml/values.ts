const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** What a text stands for: a number of JSON, true, false, or itself. A number that would lose digits stays a text. */
export function typed(text: string): string | number | boolean {
  if (text === "true" || text === "false") return text === "true"
  if (!number.test(text)) return text
  const value = Number(text)
  // Fifteen digits always survive; more do when they are what JavaScript itself writes.
  const digits = text
    .replace(/[eE].*/, "")
    .replace(/\D/g, "")
    .replace(/^0+/, "").length
  return Number.isFinite(value) && (digits <= 15 || `${value}` === text) ? value : text
}
