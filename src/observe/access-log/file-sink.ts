import { type FileHandle, mkdir, open, rename, rm, stat } from "node:fs/promises"
import { dirname } from "node:path"

import type { Sink } from "./sink.ts"

/** When a file is exchanged for a new one, and how many old ones are kept. */
export interface Rotation {
  /** In bytes. */
  readonly size: number
  /** In milliseconds. */
  readonly every: number | undefined
  readonly keep: number
}

/** A file that grows until it is exchanged for a new one, by the gateway or by whoever renames it. */
export class FileSink implements Sink {
  readonly #path: string
  #rotation: Rotation
  #file: FileHandle | undefined
  #inode = 0
  #size = 0
  #since = 0

  constructor(path: string, rotation: Rotation) {
    this.#path = path
    this.#rotation = rotation
  }

  /** From now on it is exchanged by these rules. */
  configure(rotation: Rotation): void {
    this.#rotation = rotation
  }

  async write(bytes: Uint8Array): Promise<void> {
    let file = await this.#current()
    if (this.#isFull(bytes.byteLength)) file = await this.#rotate()
    for (let at = 0; at < bytes.byteLength;) at += (await file.write(bytes, at)).bytesWritten
    this.#size += bytes.byteLength
  }

  async close(): Promise<void> {
    await this.#file?.close()
    this.#file = undefined
  }

  #isFull(more: number): boolean {
    const { size, every } = this.#rotation
    if (this.#size === 0) return false
    return this.#size + more > size || (every !== undefined && Date.now() - this.#since >= every)
  }

  /** The file of this name: another one, if somebody has renamed or removed the one that it was. */
  async #current(): Promise<FileHandle> {
    if (this.#file) {
      const there = await stat(this.#path).catch(() => undefined)
      if (there?.ino === this.#inode) {
        // Whoever cuts it off begins it anew.
        this.#size = there.size
        return this.#file
      }
      await this.close()
    }
    await mkdir(dirname(this.#path), { recursive: true })
    const file = await open(this.#path, "a", 0o640)
    const { ino, size, birthtimeMs } = await file.stat()
    this.#inode = ino
    this.#size = size
    this.#since = size === 0 ? Date.now() : birthtimeMs || Date.now()
    this.#file = file
    return file
  }

  async #rotate(): Promise<FileHandle> {
    await this.close()
    const { keep } = this.#rotation
    const old = (number: number): string => (number === 0 ? this.#path : `${this.#path}.${number}`)
    if (keep === 0) await rm(this.#path, { force: true })
    // From the oldest on: each makes room for the next. There may be gaps where there are not as many yet.
    for (let number = keep; number > 0; number--) await rename(old(number - 1), old(number)).catch(() => undefined)
    return this.#current()
  }
}
