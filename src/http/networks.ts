import { readAddress } from "./ip-address.ts"

/** A range of addresses of one family, its ends included. */
export interface Network {
  readonly family: 4 | 6
  readonly first: bigint
  readonly last: bigint
}

const named: Readonly<Record<string, readonly string[]>> = {
  loopback: ["127.0.0.0/8", "::1"],
  private: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"],
  linkLocal: ["169.254.0.0/16", "fe80::/10"],
  any: ["0.0.0.0/0", "::/0"],
}

/** The networks that have names. */
export const networkNames: readonly string[] = Object.keys(named)

/** The networks that a text names: an address, a range such as "10.0.0.0/8", or several by a name; else what is wrong. */
export function networksOf(text: string): readonly Network[] | { readonly wrong: string } {
  if (Object.hasOwn(named, text)) return (named[text] ?? []).flatMap((one) => networksOf(one) as readonly Network[])
  const slash = text.indexOf("/")
  const base = slash < 0 ? text : text.slice(0, slash)
  const words = new Uint32Array(4)
  const family = base.includes("%") ? 0 : readAddress(base, words)
  if (family === 0) return { wrong: "it is no address" }
  const bits = family === 4 ? 32 : 128
  // "::ffff:10.0.0.0/104" is "10.0.0.0/8".
  const hidden = family === 4 && base.includes(":") ? 96 : 0
  const length = slash < 0 ? bits : Number(/^(?:0|[1-9]\d{0,2})$/.exec(text.slice(slash + 1))?.[0] ?? -1) - hidden
  if (length < 0 || length > bits) return { wrong: `"/" is followed by a number from ${hidden} to ${bits + hidden}` }
  const first = words.reduce((sum, word) => (sum << 32n) | BigInt(word), 0n)
  const size = 1n << BigInt(bits - length)
  if (first % size !== 0n) return { wrong: "it is an address inside the range, not its first" }
  return [{ family, first, last: first + size - 1n }]
}

/** Many networks, made ready for questions. */
export interface NetworkSet {
  /** Whether an address, as a text, is in one of them; undefined for what is no address. */
  has(address: string): boolean | undefined
  /** Whether all addresses of a family are in them. */
  readonly everything: boolean
}

/** Makes networks ready: each question costs the reading of an address and a search by halves. */
export function networkSet(networks: readonly Network[]): NetworkSet {
  const four = merged(networks.filter(({ family }) => family === 4))
  const six = merged(networks.filter(({ family }) => family === 6))
  const firsts4 = Uint32Array.from(four, ({ first }) => Number(first))
  const lasts4 = Uint32Array.from(four, ({ last }) => Number(last))
  const firsts6 = Uint32Array.from(six.flatMap(({ first }) => wordsOf(first)))
  const lasts6 = Uint32Array.from(six.flatMap(({ last }) => wordsOf(last)))
  const words = new Uint32Array(4)
  return {
    everything: [...four, ...six].some(
      ({ family, first, last }) => last - first + 1n === (family === 4 ? 1n << 32n : 1n << 128n),
    ),
    has(address) {
      const family = readAddress(address, words)
      if (family === 0) return undefined
      const firsts = family === 4 ? firsts4 : firsts6
      const lasts = family === 4 ? lasts4 : lasts6
      const width = family === 4 ? 1 : 4
      // The last range that does not begin behind the address.
      let low = 0
      let high = firsts.length / width
      while (low < high) {
        const middle = (low + high) >>> 1
        if (compare(firsts, middle * width, words, width) <= 0) low = middle + 1
        else high = middle
      }
      return low > 0 && compare(lasts, (low - 1) * width, words, width) >= 0
    },
  }
}

/** How the number at a place of a list stands to an address: of the family with one word, or with four. */
function compare(list: Uint32Array, at: number, words: Uint32Array, width: number): number {
  for (let word = 0; word < width; word++) {
    const difference = (list[at + word] as number) - (words[4 - width + word] as number)
    if (difference !== 0) return difference
  }
  return 0
}

/** The same addresses in ranges that do not touch, in order. */
function merged(networks: readonly Network[]): Network[] {
  const made: { family: 4 | 6; first: bigint; last: bigint }[] = []
  for (const { family, first, last } of networks.toSorted((a, b) =>
    a.first < b.first ? -1 : a.first > b.first ? 1 : 0,
  )) {
    const before = made.at(-1)
    if (before && first <= before.last + 1n) before.last = last > before.last ? last : before.last
    else made.push({ family, first, last })
  }
  return made
}

const wordsOf = (number: bigint): number[] =>
  [96n, 64n, 32n, 0n].map((shift) => Number((number >> shift) & 0xffffffffn))
