import type { Database } from "bun:sqlite"

/** A key as SQLite keeps it. */
export type Key = string | Uint8Array

/** What there is in a file; everything is over at some time. Keys have no type: text and bytes stay apart. */
export const tables: readonly { readonly name: string; readonly columns: string }[] = [
  { name: "entries", columns: "key PRIMARY KEY, value BLOB NOT NULL" },
  {
    name: "limits",
    columns: "key PRIMARY KEY, kind TEXT NOT NULL, used REAL NOT NULL, last REAL NOT NULL, at REAL NOT NULL",
  },
  { name: "holds", columns: "key NOT NULL, name NOT NULL, PRIMARY KEY (key, name)" },
  { name: "counters", columns: "key PRIMARY KEY, value REAL NOT NULL" },
  { name: "batches", columns: "key PRIMARY KEY" },
]

/** Everything that is said to a file. */
export const statements = (database: Database) => ({
  begin: database.prepare<unknown, []>("BEGIN IMMEDIATE"),
  commit: database.prepare<unknown, []>("COMMIT"),
  rollback: database.prepare<unknown, []>("ROLLBACK"),

  get: database.prepare<{ value: Uint8Array }, [Key, number]>(
    "SELECT value FROM entries WHERE key = ?1 AND expires > ?2",
  ),
  set: database.prepare<unknown, [Key, Uint8Array, number]>(
    "INSERT OR REPLACE INTO entries (key, value, expires) VALUES (?1, ?2, ?3)",
  ),
  add: database.prepare<unknown, [Key, Uint8Array, number, number]>(
    `INSERT INTO entries (key, value, expires) VALUES (?1, ?2, ?3)
     ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires = excluded.expires WHERE expires <= ?4`,
  ),
  replace: database.prepare<unknown, [Key, Uint8Array, Uint8Array, number, number]>(
    "UPDATE entries SET value = ?3, expires = ?4 WHERE key = ?1 AND value = ?2 AND expires > ?5",
  ),
  remove: database.prepare<unknown, [Key, Uint8Array, number]>(
    "DELETE FROM entries WHERE key = ?1 AND value = ?2 AND expires > ?3",
  ),
  list: database.prepare<{ key: Key; value: Uint8Array }, [Key, number]>(
    "SELECT key, value FROM entries WHERE key >= ?1 AND expires > ?2 ORDER BY key",
  ),

  getLimit: database.prepare<{ kind: string; used: number; last: number; at: number; expires: number }, [Key]>(
    "SELECT kind, used, last, at, expires FROM limits WHERE key = ?1",
  ),
  setLimit: database.prepare<unknown, [Key, string, number, number, number, number]>(
    `INSERT INTO limits (key, kind, used, last, at, expires) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
     ON CONFLICT (key) DO UPDATE SET
       kind = excluded.kind, used = excluded.used, last = excluded.last, at = excluded.at, expires = excluded.expires`,
  ),

  renew: database.prepare<unknown, [Key, Key, number, number]>(
    "UPDATE holds SET expires = ?3 WHERE key = ?1 AND name = ?2 AND expires > ?4",
  ),
  held: database.prepare<{ count: number }, [Key, number]>(
    "SELECT count(*) AS count FROM holds WHERE key = ?1 AND expires > ?2",
  ),
  hold: database.prepare<unknown, [Key, Key, number]>(
    "INSERT OR REPLACE INTO holds (key, name, expires) VALUES (?1, ?2, ?3)",
  ),
  release: database.prepare<unknown, [Key, Key]>("DELETE FROM holds WHERE key = ?1 AND name = ?2"),

  addBatch: database.prepare<unknown, [Key, number, number]>(
    `INSERT INTO batches (key, expires) VALUES (?1, ?2)
     ON CONFLICT (key) DO UPDATE SET expires = excluded.expires WHERE expires <= ?3`,
  ),
  count: database.prepare<unknown, [Key, number, number, number]>(
    `INSERT INTO counters (key, value, expires) VALUES (?1, ?2, ?3)
     ON CONFLICT (key) DO UPDATE SET
       value = CASE WHEN expires > ?4 THEN value + excluded.value ELSE excluded.value END, expires = excluded.expires`,
  ),
  counters: database.prepare<{ key: Key; value: number }, [Key, number]>(
    "SELECT key, value FROM counters WHERE key >= ?1 AND expires > ?2 ORDER BY key",
  ),
})

/** For each table, what makes room in it of so many that are over. */
export const dropsOver = (database: Database) =>
  tables.map(({ name }) =>
    database.prepare<unknown, [number, number]>(
      `DELETE FROM ${name} WHERE rowid IN (SELECT rowid FROM ${name} WHERE expires <= ?1 LIMIT ?2)`,
    ),
  )

/** UTF-8 has no place for half of a surrogate pair: two such keys would become one. */
export const named = (key: string): Key => (key.isWellFormed() ? key : Buffer.from(key, "utf16le"))

/** The lines of a statement whose keys begin so. */
export function* beginningWith<T extends { readonly key: Key }>(
  statement: { iterate(from: Key, time: number): IterableIterator<T> },
  prefix: string,
  time: number,
): Generator<readonly [key: string, line: T]> {
  // Texts come before bytes, and neither goes on after the last key that begins so.
  for (const from of prefix.isWellFormed() ? [prefix, Buffer.from(prefix, "utf16le")] : [named(prefix)])
    for (const line of statement.iterate(from, time)) {
      const key = typeof line.key === "string" ? line.key : Buffer.from(line.key).toString("utf16le")
      if (!key.startsWith(prefix) || typeof line.key !== typeof from) break
      yield [key, line]
    }
}
