import { Database, SQLiteError } from "bun:sqlite"
import { closeSync, mkdirSync, openSync } from "node:fs"
import { dirname } from "node:path"

import { dropsOver, statements, tables } from "./sqlite-statements.ts"

// While another process writes; everything else waits as long.
const patience = 1000

// "BELL": says that a file is one of ours.
const ours = 0x42454c4c
const version = 2

/** A file that is open, with what is said to it. */
export type StoreFile = ReturnType<typeof openFile>

/** Runs a piece of work on the file, at its time. */
export type Transact = <T>(work: (on: StoreFile, time: number) => T) => T

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
    const drops = dropsOver(database)
    return {
      ...said,
      /** Makes room of what is over, of so many in each table at most; of how many that was in the fullest. */
      dropOver: (time: number, atMost: number): number =>
        Math.max(...drops.map((drop) => drop.run(time, atMost).changes)),
      /** Everything or nothing of it, with nobody in between. */
      atOnce<T>(work: () => T): T {
        // The lock at once: two processes that both read before they write would stop each other.
        said.begin.run()
        try {
          const made = work()
          said.commit.run()
          return made
        } catch (error) {
          // Some failures, such as a full disk, have ended it already.
          if (database.inTransaction) said.rollback.run()
          throw error
        }
      },
      close() {
        // With a statement left, SQLite would keep the file open, and what it has put beside it.
        for (const statement of [...Object.values(said), ...drops]) statement.finalize()
        database.close()
      },
    }
  } catch (error) {
    database.close()
    throw error
  }
}

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
    if (found !== "nothing" && found !== "older") throw new Error(found.wrong)
    for (const table of tables) {
      database.run(`CREATE TABLE IF NOT EXISTS ${table.name} (expires INTEGER NOT NULL, ${table.columns})`)
      database.run(`CREATE INDEX IF NOT EXISTS ${table.name}_expires ON ${table.name} (expires)`)
    }
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
export function contentOf(database: Database): "ours" | "older" | "nothing" | { wrong: string } {
  if (ask(database, "SELECT count(*) FROM sqlite_schema") === 0) return "nothing"
  if (ask(database, "PRAGMA application_id") !== ours) return { wrong: "it holds the data of another program" }
  const found = ask(database, "PRAGMA user_version")
  if (found === version) return "ours"
  return found > 0 && found < version
    ? "older"
    : { wrong: `it is of version ${found}, and this program writes version ${version}` }
}
