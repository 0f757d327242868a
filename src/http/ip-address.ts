const dot = 0x2e
const colon = 0x3a

const groups = new Uint16Array(8)

/**
 * Reads an address into the four words of IPv6; one of IPv4 goes into the last word. Which of the two it is, or 0 where
 * it is none. Strict, because two readings of one text are two clients: no leading zeros, no shorter forms.
 */
export function readAddress(text: string, words: Uint32Array): 0 | 4 | 6 {
  if (!text.includes(":")) {
    const value = ipv4In(text, 0, text.length)
    if (value < 0) return 0
    words[0] = words[1] = words[2] = 0
    words[3] = value
    return 4
  }
  const percent = text.indexOf("%")
  // RFC 4007 section 11: the zone says which wire it came by, which is no part of the address.
  if (percent >= 0 && !/^[\w.~-]+$/.test(text.slice(percent + 1))) return 0
  if (!readGroups(text, percent < 0 ? text.length : percent)) return 0
  for (let at = 0; at < 4; at++) words[at] = ((groups[at * 2] as number) << 16) | (groups[at * 2 + 1] as number)
  // RFC 4291 section 2.5.5.2: an address of IPv4, as sockets for both have it.
  if (words[0] !== 0 || words[1] !== 0 || words[2] !== 0xffff) return 6
  words[2] = 0
  return 4
}

/** The one text of an address (RFC 5952), however it was written; undefined where it is none. */
export function canonicalAddress(text: string): string | undefined {
  const family = readAddress(text, scratch)
  if (family === 0) return undefined
  const last = scratch[3] as number
  if (family === 4) return `${last >>> 24}.${(last >>> 16) & 255}.${(last >>> 8) & 255}.${last & 255}`
  let from = -1
  let length = 1
  for (let at = 0; at < 8; at++) {
    let end = at
    while (end < 8 && groups[end] === 0) end++
    if (end - at > length) {
      from = at
      length = end - at
    }
    at = end
  }
  const hex = Array.from(groups, (group) => group.toString(16))
  return from < 0 ? hex.join(":") : `${hex.slice(0, from).join(":")}::${hex.slice(from + length).join(":")}`
}

const scratch = new Uint32Array(4)

/** The number of four decimals with dots between them; -1 where they are not. */
function ipv4In(text: string, from: number, end: number): number {
  let value = 0
  let octet = -1
  let dots = 0
  for (let at = from; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code === dot) {
      if (octet < 0 || ++dots > 3) return -1
      value = value * 256 + octet
      octet = -1
      continue
    }
    // Some read a leading zero as octal.
    if (code < 0x30 || code > 0x39 || octet === 0) return -1
    octet = octet < 0 ? code - 0x30 : octet * 10 + code - 0x30
    if (octet > 255) return -1
  }
  return dots === 3 && octet >= 0 ? value * 256 + octet : -1
}

/** The eight groups of an address of IPv6, with `::` written out; false where it is none. */
function readGroups(text: string, end: number): boolean {
  let count = 0
  let gap = -1
  let at = 0
  if (text.charCodeAt(0) === colon) {
    if (text.charCodeAt(1) !== colon) return false
    gap = 0
    at = 2
  }
  while (at < end) {
    const start = at
    let group = 0
    let digit = 0
    while (at < end && (digit = hexDigit(text.charCodeAt(at))) >= 0) {
      group = group * 16 + digit
      at++
    }
    if (at < end && text.charCodeAt(at) === dot) {
      const value = ipv4In(text, start, end)
      if (value < 0 || count > 6) return false
      groups[count++] = value >>> 16
      groups[count++] = value & 0xffff
      break
    }
    if (at === start || at - start > 4 || count === 8) return false
    groups[count++] = group
    if (at === end) break
    if (text.charCodeAt(at++) !== colon || at === end) return false
    if (text.charCodeAt(at) !== colon) continue
    if (gap >= 0) return false
    gap = count
    at++
  }
  if (gap < 0) return count === 8
  if (count > 7) return false
  groups.copyWithin(8 - (count - gap), gap, count)
  groups.fill(0, gap, 8 - (count - gap))
  return true
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const letter = code | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}
