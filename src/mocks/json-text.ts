// What JSON has a form for. Anything else would be dropped, or turn into {}, without a word.
const sendable = new Set(["Object", "Array", "String", "Number", "Boolean", "Null", "Undefined"])

/** A value as JSON; throws when a part of it would get lost on the way. */
export function jsonText(value: unknown): string {
  const made = JSON.stringify(value, (key, part: unknown) => {
    const kind = Object.prototype.toString.call(part).slice(8, -1)
    if (sendable.has(kind)) return part
    throw new TypeError(`${key === "" ? "it" : `"${key}"`} is a ${kind}, which JSON has no form for.`)
  }) as string | undefined
  if (made === undefined) throw new TypeError("it is undefined.")
  return made
}
