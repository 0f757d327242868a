// A line break in a value would begin another header, or end the head. Heads are written as Latin-1, in which every
// letter is one byte: there "č" (U+010D) would become a carriage return.
// oxlint-disable-next-line no-control-regex
const unsendable = /[\r\n\0]|[^\0-\xff]/

// The names that the gateway uses are few, and looked at once.
const sound = new Set<string>()
const mostSound = 256

function refuseUnsendable(name: string, value: string): void {
  if (unsendable.test(value) || !isSound(name))
    throw new TypeError(`Cannot send the header "${name}": it has a line break or a letter beyond Latin-1 in it.`)
}

function isSound(name: string): boolean {
  if (sound.has(name)) return true
  if (unsendable.test(name)) return false
  if (sound.size < mostSound) sound.add(name)
  return true
}

/** Header lines in order, names in lower case, twice-sent names kept twice. One flat array: name, value, name, value. */
export class HeaderList {
  readonly #lines: string[]

  /** The list keeps the array: name (lower case), value, name, value. */
  constructor(lines: string[] = []) {
    this.#lines = lines
  }

  /** Name, value, name, value: for those who go through all of it for every request. */
  get lines(): readonly string[] {
    return this.#lines
  }

  /** The lines of a web `Headers` object; set-cookie stays one line each. */
  static from(headers: Headers): HeaderList {
    const lines: string[] = []
    headers.forEach((value, name) => {
      lines.push(name, value)
    })
    return new HeaderList(lines)
  }

  /** The lines of a plain object, as a config writes them. */
  static of(headers: Readonly<Record<string, string>>): HeaderList {
    const made = new HeaderList()
    for (const [name, value] of Object.entries(headers)) made.append(name.toLowerCase(), value)
    return made
  }

  /** The first value of a name (lower case). */
  get(name: string): string | undefined {
    const lines = this.#lines
    for (let at = 0; at < lines.length; at += 2) if (lines[at] === name) return lines[at + 1]
    return undefined
  }

  /** Every value of a name (lower case). */
  all(name: string): string[] {
    const found: string[] = []
    const lines = this.#lines
    for (let at = 0; at < lines.length; at += 2) if (lines[at] === name) found.push(lines[at + 1] as string)
    return found
  }

  has(name: string): boolean {
    return this.get(name) !== undefined
  }

  /** One line of this name, in the place of those before. */
  set(name: string, value: string): void {
    refuseUnsendable(name, value)
    const lines = this.#lines
    for (let at = 0; at < lines.length; at += 2) {
      if (lines[at] !== name) continue
      lines[at + 1] = value
      this.#dropFrom(at + 2, (other) => other === name)
      return
    }
    lines.push(name, value)
  }

  append(name: string, value: string): void {
    refuseUnsendable(name, value)
    this.#lines.push(name, value)
  }

  delete(name: string): void {
    this.#dropFrom(0, (other) => other === name)
  }

  /** Drops the lines of a name (lower case) whose values are refused. */
  deleteWhere(name: string, refused: (value: string) => boolean): void {
    const lines = this.#lines
    for (let at = lines.length - 2; at >= 0; at -= 2)
      if (lines[at] === name && refused(lines[at + 1] as string)) lines.splice(at, 2)
  }

  /** Drops every line whose name is refused. */
  drop(refused: (name: string) => boolean): void {
    this.#dropFrom(0, refused)
  }

  #dropFrom(start: number, refused: (name: string) => boolean): void {
    const lines = this.#lines
    let kept = start
    for (let at = start; at < lines.length; at += 2) {
      const name = lines[at] as string
      if (refused(name)) continue
      if (kept !== at) {
        lines[kept] = name
        lines[kept + 1] = lines[at + 1] as string
      }
      kept += 2
    }
    lines.length = kept
  }

  copy(): HeaderList {
    return new HeaderList(this.#lines.slice())
  }

  *[Symbol.iterator](): IterableIterator<[string, string]> {
    const lines = this.#lines
    for (let at = 0; at < lines.length; at += 2) yield [lines[at] as string, lines[at + 1] as string]
  }

  /** The lines in pairs, as a web `Response` takes them soonest. */
  pairs(): [name: string, value: string][] {
    const lines = this.#lines
    const made: [string, string][] = []
    for (let at = 0; at < lines.length; at += 2) made.push([lines[at] as string, lines[at + 1] as string])
    return made
  }

  /** The lines as a web `Headers` object. */
  toWeb(): Headers {
    const made = new Headers()
    const lines = this.#lines
    for (let at = 0; at < lines.length; at += 2) made.append(lines[at] as string, lines[at + 1] as string)
    return made
  }
}
