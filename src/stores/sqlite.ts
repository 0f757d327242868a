import { SQLiteError } from "bun:sqlite"
import { resolve } from "node:path"

import { about, object, optional } from "../core/schema.ts"
import { size } from "../core/units.ts"
import { text } from "../core/values.ts"
import { sqliteCounters } from "./sqlite-counters.ts"
import { isBusy, openFile, type StoreFile, type Transact } from "./sqlite-file.ts"
import { sqliteHolds } from "./sqlite-holds.ts"
import { sqliteLimits } from "./sqlite-limits.ts"
import { problemOf } from "./sqlite-problem.ts"
import { sqliteValues } from "./sqlite-values.ts"
import { defineStore, StoreFull } from "./store-part.ts"

/** Keeps state in a file that outlives the process, and that the processes of one machine share. */
export const sqlite = defineStore({
  name: "sqlite",
  about: "In a SQLite file: it survives restarts, and the processes of one machine share it.",
  options: object({
    path: about(
      "The file, from the folder of the config; it is made when it is not there, for the eyes of this user only.",
      optional(text({ expected: 'a file such as "data/store.sqlite"', pattern: /[^/]$/ }), ".bellhop/store.sqlite"),
    ),
    limit: about(
      "How large the file may get; then nothing new is taken until something is over.",
      optional(size(), "1gb"),
    ),
  }),
  problem: ({ path }, root) => problemOf(resolve(root, path)),
  create({ path, limit }, { root, now }) {
    const file = resolve(root, path)
    let opened: StoreFile | undefined
    let unwanted = false

    function end(): void {
      opened?.close()
      opened = undefined
    }

    function run<T>(work: (on: StoreFile, time: number) => T): T {
      try {
        opened ??= openFile(file, limit)
        return work(opened, now())
      } catch (error) {
        // Whatever happened to the file, such as being replaced: the next one who asks looks afresh.
        if (!(error instanceof StoreFull) && !isBusy(error)) end()
        throw error
      } finally {
        if (unwanted) end()
      }
    }

    /** Changes something; what is over makes room once. */
    const change: Transact = (work) =>
      run((on, time) => {
        try {
          return work(on, time)
        } catch (error) {
          if (!isFull(error)) throw error
        }
        try {
          on.dropOver(time, Number.MAX_SAFE_INTEGER)
          return work(on, time)
        } catch (error) {
          throw isFull(error) ? new StoreFull(limit, error) : error
        }
      })

    // The time with the lock: what another process wrote meanwhile is not from the future.
    const transact: Transact = (work) => change((on) => on.atOnce(() => work(on, now())))

    return {
      ...sqliteValues(run, change),
      ...sqliteLimits(transact),
      ...sqliteHolds(transact),
      ...sqliteCounters(run, transact),
      async sweep() {
        // In small steps, so that neither exchanges nor other processes wait for it.
        while (run((on, time) => on.dropOver(time, sweepStep)) === sweepStep) await Bun.sleep(1)
      },
      close() {
        unwanted = true
        end()
      },
    }
  },
})

const sweepStep = 500

const isFull = (error: unknown): boolean => error instanceof SQLiteError && error.code === "SQLITE_FULL"
