import {
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createGzip,
  createZstdCompress,
  zstdCompressSync,
} from "node:zlib"

/** A content coding that answers can be compressed with. */
export type Encoding = "zstd" | "br" | "gzip"

/** How much time goes into making answers small. */
export type Effort = "fast" | "balanced" | "small"

/** One body that is being compressed; what comes out is given back by the step that made it. */
export interface Compression {
  write(piece: Uint8Array): Promise<Uint8Array[]>
  /** Everything that was written, so that the client can read it. */
  flush(): Promise<Uint8Array[]>
  end(): Promise<Uint8Array[]>
  /** Gives back the memory, in the middle too. */
  destroy(): void
}

/** A coding at a level. */
export interface Encoder {
  readonly name: Encoding
  /** Up to so many bytes it is cheaper to compress in one go than to hand them to another thread and back. */
  readonly atOnce: number
  whole(bytes: Uint8Array): Uint8Array<ArrayBuffer>
  begin(): Compression
}

/** The levels that each coding knows: from, to. */
export const levels = { zstd: [1, 19], br: [0, 11], gzip: [1, 9] } as const

// The small ones are where further levels begin to cost megabytes for each body under way, or most of the speed.
const byEffort: Readonly<Record<Effort, Readonly<Record<Encoding, number>>>> = {
  fast: { zstd: 1, br: 1, gzip: 1 },
  balanced: { zstd: 3, br: 4, gzip: 6 },
  small: { zstd: 9, br: 6, gzip: 9 },
}

// Above these, 64 kB would hold up everybody else for milliseconds.
const quick: Readonly<Record<Encoding, number>> = { zstd: 9, br: 6, gzip: 6 }

// Each body under way keeps a window or two in memory: two to the power of this many bytes.
const window = 20

const {
  BROTLI_PARAM_QUALITY,
  BROTLI_PARAM_SIZE_HINT,
  BROTLI_PARAM_LGWIN,
  BROTLI_OPERATION_FLUSH,
  ZSTD_c_compressionLevel,
  ZSTD_c_windowLog,
  ZSTD_c_hashLog,
  ZSTD_c_chainLog,
  ZSTD_e_flush,
  Z_SYNC_FLUSH,
} = constants

// From this level on its tables would be ten times as large as the window.
const zstdTables = (level: number): Readonly<Record<number, number>> =>
  level > 5 ? { [ZSTD_c_hashLog]: 18, [ZSTD_c_chainLog]: 18 } : {}

const makers: Readonly<Record<Encoding, (level: number) => Pick<Encoder, "whole" | "begin">>> = {
  zstd: (level) => ({
    whole: (bytes) => zstdCompressSync(bytes, { params: { [ZSTD_c_compressionLevel]: level } }),
    begin() {
      const params = { [ZSTD_c_compressionLevel]: level, [ZSTD_c_windowLog]: window, ...zstdTables(level) }
      return compressionOf(createZstdCompress({ params }), ZSTD_e_flush)
    },
  }),
  br: (level) => ({
    whole: (bytes) =>
      brotliCompressSync(bytes, {
        params: { [BROTLI_PARAM_QUALITY]: level, [BROTLI_PARAM_SIZE_HINT]: bytes.byteLength },
      }),
    begin() {
      const params = { [BROTLI_PARAM_QUALITY]: level, [BROTLI_PARAM_LGWIN]: window }
      return compressionOf(createBrotliCompress({ params }), BROTLI_OPERATION_FLUSH)
    },
  }),
  gzip: (level) => ({
    whole: (bytes) => Bun.gzipSync(bytes as Uint8Array<ArrayBuffer>, { library: "libdeflate", level: level as 9 }),
    begin: () => compressionOf(createGzip({ level }), Z_SYNC_FLUSH),
  }),
}

/** The encoder for a coding: at a level of its own, or at the one that stands for an effort. */
export function encoderOf(name: Encoding, wanted: Effort | number): Encoder {
  const level = typeof wanted === "number" ? wanted : byEffort[wanted][name]
  return { name, atOnce: (level > quick[name] ? 4 : 64) * 1024, ...makers[name](level) }
}

type Zlib = ReturnType<typeof createGzip | typeof createBrotliCompress | typeof createZstdCompress>

function compressionOf(zlib: Zlib, flushed: number): Compression {
  let made: Uint8Array[] = []
  // Flowing, because otherwise a step that makes more than the stream likes to keep would never end.
  zlib.on("data", (piece: Uint8Array) => void made.push(piece))
  // Whoever waits for the step hears of it.
  zlib.on("error", () => undefined)
  const step = (start: (done: (error?: Error | null) => void) => void): Promise<Uint8Array[]> =>
    new Promise((resolve, reject) => {
      start((error) => {
        if (error) return reject(error)
        resolve(made)
        made = []
      })
    })
  return {
    write: (piece) => step((done) => void zlib.write(piece, done)),
    flush: () => step((done) => zlib.flush(flushed, () => done())),
    end: () =>
      step((done) => {
        zlib.once("end", () => done()).once("error", done)
        zlib.end()
      }),
    destroy: () => void zlib.destroy(),
  }
}
