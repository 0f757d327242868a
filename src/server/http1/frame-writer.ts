import { headSize, type Opcode, sizeOf, writeFrame } from "../../http/frame.ts"
import type { Outbox } from "./outbox.ts"

// One for all: whoever gathers writes before anybody else begins.
const shared = {
  frames: Buffer.allocUnsafeSlow(64 * 1024),
  used: 0,
  by: undefined as FrameWriter | undefined,
}

/** Writes the frames of a server, those that belong together at once. */
export class FrameWriter {
  readonly #out: Outbox

  constructor(out: Outbox) {
    this.#out = out
  }

  /** The client has not taken all of it yet. */
  get behind(): boolean {
    return this.#out.pending
  }

  /** What is written waits for the rest. */
  get gathers(): boolean {
    return shared.by === this
  }

  write(opcode: Opcode, payload: string | Uint8Array, compressed = false): void {
    const size = sizeOf(payload)
    const whole = headSize(size) + size
    if (shared.by === this && shared.used + whole > shared.frames.length) this.#flush()
    if (shared.by === this && whole <= shared.frames.length) {
      shared.used = writeFrame(shared.frames, shared.used, opcode, payload, size, compressed)
      return
    }
    const made = Buffer.allocUnsafeSlow(whole)
    writeFrame(made, 0, opcode, payload, size, compressed)
    this.#out.write(made)
  }

  /** Sends together what the function sends. */
  together(run: () => void): void {
    if (shared.by) return run()
    shared.by = this
    try {
      try {
        run()
      } finally {
        this.#flush()
      }
    } finally {
      shared.by = undefined
    }
  }

  #flush(): void {
    if (shared.used === 0) return
    const data = shared.frames.subarray(0, shared.used)
    shared.used = 0
    const taken = this.#out.take(data, 0)
    // A copy, because others gather in the same place.
    if (taken >= 0 && taken < data.length) this.#out.write(Buffer.from(data.subarray(taken)))
  }
}
