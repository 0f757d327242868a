const dot = 46
const zero = 48
const quote = 34
const backslash = 92

const utf8 = new TextEncoder()

/**
 * Lines as bytes, written letter by letter: texts that are put together out of thirty others cost five times as much, most of
 * it for the collector.
 */
export class LineBuffer {
  #bytes = new Uint8Array(64 * 1024)
  /** Bytes that are written. */
  at = 0

  /** What is written so far; good until more is. */
  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.at)
  }

  /** Letters of ASCII. */
  plain(text: string): void {
    const { length } = text
    if (this.at + length > this.#bytes.length) this.#grow(length)
    const bytes = this.#bytes
    let { at } = this
    for (let index = 0; index < length; index++) bytes[at++] = text.charCodeAt(index)
    this.at = at
  }

  /** Any text. */
  text(text: string): void {
    if (this.at + 3 * text.length > this.#bytes.length) this.#grow(3 * text.length)
    this.at += utf8.encodeInto(text, this.#bytes.subarray(this.at)).written
  }

  /** A text as a JSON string. */
  quoted(text: string): void {
    const { length } = text
    if (this.at + length + 2 > this.#bytes.length) this.#grow(length + 2)
    const bytes = this.#bytes
    let { at } = this
    bytes[at++] = quote
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index)
      // Hardly any text has a letter that JSON or UTF-8 writes otherwise.
      if (code < 0x20 || code > 0x7e || code === quote || code === backslash) return this.text(JSON.stringify(text))
      bytes[at++] = code
    }
    bytes[at++] = quote
    this.at = at
  }

  /** A whole number from 0 on. */
  whole(number: number): void {
    if (this.at + 20 > this.#bytes.length) this.#grow(20)
    let digits = 1
    for (let left = number; left >= 10; left = Math.floor(left / 10)) digits++
    const end = this.at + digits
    const bytes = this.#bytes
    let left = number
    for (let at = end - 1; at >= this.at; at--) {
      const tens = Math.floor(left / 10)
      bytes[at] = zero + left - 10 * tens
      left = tens
    }
    this.at = end
  }

  /** Three digits. */
  thousandths(number: number): void {
    if (this.at + 3 > this.#bytes.length) this.#grow(3)
    const bytes = this.#bytes
    bytes[this.at++] = zero + Math.floor(number / 100)
    bytes[this.at++] = zero + (Math.floor(number / 10) % 10)
    bytes[this.at++] = zero + (number % 10)
  }

  /** Milliseconds to the microsecond. */
  milliseconds(length: number): void {
    const micros = Math.max(0, Math.round(length * 1000))
    const whole = Math.floor(micros / 1000)
    this.whole(whole)
    this.byte(dot)
    this.thousandths(micros - whole * 1000)
  }

  byte(code: number): void {
    if (this.at === this.#bytes.length) this.#grow(1)
    this.#bytes[this.at++] = code
  }

  #grow(more: number): void {
    const made = new Uint8Array(2 * (this.#bytes.length + more))
    made.set(this.written)
    this.#bytes = made
  }
}
