/** What a key of Redis is for; each is a name space of its own. */
export type Use = "value" | "limit" | "hold" | "counter" | "batch"

/** How the keys of a store are written in Redis, where they stand beside those of others. */
export type RedisKeys = ReturnType<typeof redisKeys>

/** UTF-8 has no place for half of a surrogate pair, but JSON has. */
export const wellFormed = (text: string): string => (text.isWellFormed() ? `:${text}` : `~${JSON.stringify(text)}`)

/** Keys that begin with this prefix. */
export function redisKeys(prefix: string) {
  const start = (use: Use): string => prefix + use
  return {
    /** The key of Redis for a key of the store. */
    to: (use: Use, key: string): string => start(use) + wellFormed(key),
    /** The key of the store for a key of Redis. */
    from(use: Use, key: string): string {
      const text = key.slice(start(use).length)
      return text.startsWith(":") ? text.slice(1) : (JSON.parse(text.slice(1)) as string)
    },
    /** The patterns that find all keys which begin so, and perhaps others. */
    patterns: (use: Use, beginning: string): readonly string[] => [
      ...(beginning.isWellFormed() ? [`${escaped(`${start(use)}:${beginning}`)}*`] : []),
      `${escaped(start(use))}~*`,
    ],
  }
}

const escaped = (text: string): string => text.replace(/[*?[\]\\^-]/g, "\\$&")
