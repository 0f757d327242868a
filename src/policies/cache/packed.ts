import { HeaderList } from "../../http/header-list.ts"
import { validatorsOf } from "../../http/validators.ts"
import type { Kept } from "./entry.ts"

/** An answer as it lies in a store, or what tells which one it is. */
export type Packed =
  { readonly kept: Kept; /** When it was asked for. */ readonly asked: number } | { readonly vary: readonly string[] }

const plain = 0
const zstd = 1

// Smaller ones hardly get smaller.
const worthwhile = 2048

/** An answer as bytes, compressed where that pays. */
export async function packed(kept: Kept, asked: number): Promise<Uint8Array> {
  const { body, validators: _, ...head } = kept
  return framed(JSON.stringify({ ...head, asked }), body)
}

/** What says on which request headers the answers of a URI depend. */
export const pointer = (vary: readonly string[]): Promise<Uint8Array> =>
  framed(JSON.stringify({ vary }), new Uint8Array())

async function framed(head: string, body: Uint8Array): Promise<Uint8Array> {
  const whole = Buffer.concat([Buffer.from(`${head}\n`), body])
  const compressed = whole.byteLength > worthwhile ? await Bun.zstdCompress(whole) : undefined
  if (!compressed || compressed.byteLength > whole.byteLength * 0.9) return Buffer.concat([Buffer.of(plain), whole])
  return Buffer.concat([Buffer.of(zstd), compressed])
}

/** What was packed; undefined where it is nothing that this version understands. */
export async function unpacked(bytes: Uint8Array): Promise<Packed | undefined> {
  try {
    const content = bytes.subarray(1)
    const whole = bytes[0] === zstd ? await Bun.zstdDecompress(content) : content
    const end = whole.indexOf(10)
    const head = JSON.parse(Buffer.from(whole.subarray(0, end)).toString()) as Omit<Kept, "body" | "validators"> & {
      asked?: number
    }
    const { asked, ...rest } = head
    if (asked === undefined) return { vary: rest.vary }
    const validators = validatorsOf(new HeaderList([...rest.lines]))
    return { kept: { ...rest, validators, body: new Uint8Array(whole.subarray(end + 1)) }, asked }
  } catch {
    return undefined
  }
}
