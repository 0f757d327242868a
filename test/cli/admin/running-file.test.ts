import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"

import { describe, expect, it } from "vitest"

import { findRunning, tellRunning, untellRunning } from "../../../src/cli/admin/running-file.ts"
import { folder } from "../called.ts"

const admin = "http://127.0.0.1:9900"

describe("findRunning()", () => {
  it("finds what tellRunning() said, until untellRunning() takes it back", () => {
    const config = join(folder(), "gateway.config.ts")
    expect(findRunning(config)).toBeUndefined()
    const running = { pid: process.pid, config, admin }
    tellRunning(running)
    expect(findRunning(config)).toEqual(running)
    expect(findRunning(config.replace("gateway", "other"))).toBeUndefined()
    untellRunning(config)
    expect(findRunning(config)).toBeUndefined()
  })

  it("believes no process that has ended, and no file that is broken", () => {
    const root = folder()
    const config = join(root, "gateway.config.ts")
    const ended = Bun.spawnSync(["true"]).pid
    tellRunning({ pid: ended, config, admin })
    expect(findRunning(config)).toBeUndefined()
    // Somebody else's is left alone.
    untellRunning(config)
    expect(existsSync(join(root, ".bellhop/running.json"))).toBe(true)
    for (const broken of ["", "null", "{}", '{"pid":"1"}', "["]) {
      writeFileSync(join(root, ".bellhop/running.json"), broken)
      expect(findRunning(config)).toBeUndefined()
    }
  })

  it("is no reason for a gateway not to run where nothing can be written", () => {
    const root = folder()
    mkdirSync(join(root, ".bellhop"))
    mkdirSync(join(root, ".bellhop/running.json"))
    const config = join(root, "gateway.config.ts")
    expect(() => tellRunning({ pid: process.pid, config, admin })).not.toThrow()
    expect(findRunning(config)).toBeUndefined()
  })
})
