import { readAddress } from "../../http/ip-address.ts"

const words = new Uint32Array(4)

/** The network that an address of IPv6 is in, as far as its first bits tell; any other address is told apart from all others. */
export function networkOf(address: string, bits: number): string {
  if (readAddress(address, words) !== 6) return address
  const kept = Array.from(words, (word, at) => {
    const here = Math.min(32, Math.max(0, bits - at * 32))
    // A shift by 32 is none.
    return here === 0 ? "0" : ((word & (-1 << (32 - here))) >>> 0).toString(16)
  })
  return `${kept.join(".")}/${bits}`
}
