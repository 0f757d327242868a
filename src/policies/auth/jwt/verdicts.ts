import { remember } from "../remember.ts"

/** What was found out about credentials, as long as it holds: bounded, by the credentials or by their hash. */
export class Verdicts<T extends { readonly until: number }> {
  readonly #known = new Map<string, T>()
  readonly #most: number

  constructor(most = 10_000) {
    this.#most = most
  }

  /** What is known now, in milliseconds since 1970. */
  get(name: string, now: number): T | undefined {
    const found = this.#known.get(name)
    if (found === undefined || found.until > now) return found
    this.#known.delete(name)
    return undefined
  }

  set(name: string, verdict: T): void {
    remember(this.#known, this.#most, name, verdict)
  }

  get size(): number {
    return this.#known.size
  }
}

/** The name of credentials in such a list: none has that of others, and they cannot be told from it. */
export const hashOf = (credentials: string): string => Bun.CryptoHasher.hash("sha256", credentials, "base64")
