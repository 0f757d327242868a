/** An address as one number, read slowly and plainly; undefined where it is none. */
export function referenceAddress(whole: string): { family: 4 | 6; value: bigint } | undefined {
  // Only addresses of IPv6 have zones, and these have a colon in them.
  const text = /^[^%]*:[^%]*%[\w.~-]+$/.test(whole) ? whole.slice(0, whole.indexOf("%")) : whole
  const four = referenceFour(text)
  if (four !== undefined) return { family: 4, value: four }
  const halves = text.split("::")
  if (halves.length > 2 || !text.includes(":")) return undefined
  const read = halves.map((half) => (half === "" ? [] : groupsOf(half.split(":"))))
  const [before, after] = read
  if (!before || read.some((groups) => groups === undefined)) return undefined
  // Only the last group of the whole may be an address of IPv4.
  if (halves.length === 2 && halves[0]?.includes(".")) return undefined
  const missing = 8 - read.reduce((sum, groups) => sum + (groups?.length ?? 0), 0)
  if (after ? missing < 1 : missing !== 0) return undefined
  const groups = after ? [...before, ...Array<bigint>(missing).fill(0n), ...after] : before
  const value = groups.reduce((sum, group) => sum * 65536n + group, 0n)
  return value >> 32n === 0xffffn ? { family: 4, value: value & 0xffffffffn } : { family: 6, value }
}

function referenceFour(text: string): bigint | undefined {
  const parts = text.split(".")
  if (parts.length !== 4 || parts.some((part) => !/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255))
    return undefined
  return parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n)
}

function groupsOf(parts: readonly string[]): bigint[] | undefined {
  const groups: bigint[] = []
  for (const [index, part] of parts.entries()) {
    const four = index === parts.length - 1 ? referenceFour(part) : undefined
    if (four !== undefined) groups.push(four >> 16n, four & 0xffffn)
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(BigInt(`0x${part}`))
    else return undefined
  }
  return groups
}
