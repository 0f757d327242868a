/** What a client said about content codings, as far as it concerns those that are offered. */
export interface Preferred<Coding extends string> {
  /** The coding to use; undefined for none. */
  readonly coding: Coding | undefined
  /** The client does not want the content without a coding. */
  readonly plainRefused: boolean
}

const nothing: Preferred<never> = { coding: undefined, plainRefused: false }

const element = /^[ \t]*([!#$%&'*+.^_`|~0-9a-z-]+)[ \t]*(?:;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)[ \t]*)?$/

/**
 * Which of the offered codings an `Accept-Encoding` header likes best (RFC 9110 section 12.5.3); among equals, what is
 * offered first. Without the header it is none, because many who leave it out cannot decode anything.
 */
export function preferredCoding<Coding extends string>(
  lines: readonly string[],
  offered: readonly Coding[],
): Preferred<Coding> {
  if (lines.length === 0) return nothing
  const qualities = qualitiesOf(lines)
  const others = qualities.get("*")
  const plain = qualities.get("identity")
  let coding: Coding | undefined
  let best = 0
  for (const one of offered) {
    const quality = qualities.get(one) ?? others ?? 0
    if (quality <= best) continue
    best = quality
    coding = one
  }
  // One who names identity, and likes it better, gets it.
  return { coding: plain !== undefined && plain > best ? undefined : coding, plainRefused: (plain ?? others) === 0 }
}

function qualitiesOf(lines: readonly string[]): ReadonlyMap<string, number> {
  const qualities = new Map<string, number>()
  for (const line of lines)
    for (const text of line.toLowerCase().split(",")) {
      const [, written, quality = "1"] = element.exec(text) ?? []
      // What cannot be understood is not asked for.
      if (written === undefined) continue
      // RFC 9110 section 8.4.1.3: an old name for the same.
      const name = written === "x-gzip" ? "gzip" : written
      // Said twice, the careful reading counts: whoever refused a coding anywhere does not get it.
      qualities.set(name, Math.min(Number(quality), qualities.get(name) ?? 1))
    }
  return qualities
}
