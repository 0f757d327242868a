/** Where state lives that exchanges share, and perhaps processes: bytes by key, each for a while, changed by whole steps only. */
export interface Store {
  /** The value, unless its time is over. */
  get(key: string): Promise<Uint8Array | undefined>
  /** Puts a value there for `ttl` milliseconds, whatever was there before. */
  set(key: string, value: Uint8Array, ttl: number): Promise<void>
  /** Puts a value where there is none; of several at once exactly one is told true. */
  add(key: string, value: Uint8Array, ttl: number): Promise<boolean>
  /** Puts a value in the place of the expected one; false when that is not there any more. */
  replace(key: string, expected: Uint8Array, value: Uint8Array, ttl: number): Promise<boolean>
  /** Takes the expected value away; false when that is not there any more. */
  remove(key: string, expected: Uint8Array): Promise<boolean>
}
