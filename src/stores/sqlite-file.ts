import { Database, SQLiteError } from "bun:sqlite"
import { closeSync, mkdirSync, openSync } from "node:fs"
import { dirname } from "node:path"

// While another process writes; everything else waits as long.
const patience = 1000

// "BELL": says that a file is one of ours.
const ours = 0x42454c4c
const version = 1

type Key = string | Uint8Array

/** A file that is open, with what is said to it. */
export type StoreFile = ReturnType<typeof openFile>

/** Opens the file of a store, and makes it where it is not there. */
export function openFile(file: string, limit: number) {
  mkdirSync(dirname(file), { recursive: true })
  // What is in it may be anybody's answers. The files that SQLite puts beside it get the same rights.
  closeSync(openSync(file, "a", 0o600))
  const database = new Database(file, { readwrite: true, create: false, strict: true })
  try {
    // First, because everything after it may find another process at work.
    database.run(`PRAGMA busy_timeout = ${patience}`)
    prepare(database, limit)
    const said = statements(database)
    return {
      ...said,
      close() {
        // With a statement left, SQLite would keep the file open, and what it has put beside it.
        for (const statement of Object.values(said)) statement.finalize()
        database.close()
      },
    }
  } catch (error) {
    database.close()
    throw error
  }
}

const statements = (database: Database) => ({
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
  dropOver: database.prepare<unknown, [number, number]>(
    "DELETE FROM entries WHERE rowid IN (SELECT rowid FROM entries WHERE expires <= ?1 LIMIT ?2)",
  ),
})

function prepare(database: Database, limit: number): void {
  // Readers and the one writer do not wait for each other.
  patiently(() => database.run("PRAGMA journal_mode = WAL"))
  // What was written survives the end of the process; only a machine that loses power may lose the last moments.
  database.run("PRAGMA synchronous = NORMAL")
  const pages = Math.max(16, Math.floor(limit / ask(database, "PRAGMA page_size")))
  database.run(`PRAGMA max_page_count = ${pages}`)
  const make = database.transaction(() => {
    const found = contentOf(database)
    if (found === "ours") return
    if (found !== "nothing") throw new Error(found.wrong)
    // Keys without a type: text and bytes stay apart.
    database.run("CREATE TABLE entries (key PRIMARY KEY, value BLOB NOT NULL, expires INTEGER NOT NULL)")
    database.run("CREATE INDEX entries_expires ON entries (expires)")
    database.run(`PRAGMA application_id = ${ours}`)
    database.run(`PRAGMA user_version = ${version}`)
  })
  // The lock at once: two processes that both read before they write would stop each other.
  make.immediate()
}

// Of several processes that make the file at once, SQLite lets the others fail here without waiting.
function patiently(work: () => void): void {
  for (const until = performance.now() + patience; ; Bun.sleepSync(5)) {
    try {
      return work()
    } catch (error) {
      if (!isBusy(error) || performance.now() > until) throw error
    }
  }
}

/** Whether an error means that another process is at work, which is no fault of the file. */
export const isBusy = (error: unknown): boolean => error instanceof SQLiteError && error.code === "SQLITE_BUSY"

/** The number that a question is answered with. */
function ask(database: Database, question: string): number {
  using statement = database.prepare<Record<string, number>, []>(question)
  return Object.values(statement.get() ?? {})[0] ?? 0
}

/** Whose data is in a database. */
export function contentOf(database: Database): "ours" | "nothing" | { wrong: string } {
  if (ask(database, "SELECT count(*) FROM sqlite_schema") === 0) return "nothing"
  if (ask(database, "PRAGMA application_id") !== ours) return { wrong: "it holds the data of another program" }
  const found = ask(database, "PRAGMA user_version")
  return found === version ? "ours" : { wrong: `it is of version ${found}, and this program writes version ${version}` }
}
