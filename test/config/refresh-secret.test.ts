import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import { refreshSecret } from "../../src/config/refresh-secret.ts"
import { CommandSecret } from "../../src/core/exec.ts"

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

function refreshing(...outcomes: (boolean | string)[]) {
  const secret = new CommandSecret(["true"], 1000, 100)
  const again = vi.spyOn(secret, "again").mockImplementation(async () => outcomes.shift() ?? false)
  const warned: string[] = []
  const changed = vi.fn()
  const log = { info() {}, warn: (message: string) => void warned.push(message), error() {} }
  return { again, changed, warned, end: refreshSecret(secret, 100, log, changed) }
}

describe("refreshSecret()", () => {
  it("calls back each time that something else is printed, until it is ended", async () => {
    const { changed, again, end } = refreshing(false, true, true)
    await vi.advanceTimersByTimeAsync(100)
    expect([again.mock.calls.length, changed.mock.calls.length]).toEqual([1, 0])
    await vi.advanceTimersByTimeAsync(200)
    expect(changed).toHaveBeenCalledTimes(2)
    end()
    await vi.advanceTimersByTimeAsync(1000)
    expect(again).toHaveBeenCalledTimes(3)
  })

  it("says nothing of a run that ends after it was ended", async () => {
    const { changed, again, end } = refreshing()
    const { promise, resolve } = Promise.withResolvers<boolean>()
    again.mockReturnValueOnce(promise)
    await vi.advanceTimersByTimeAsync(100)
    end()
    resolve(true)
    await vi.advanceTimersByTimeAsync(1000)
    expect([again.mock.calls.length, changed.mock.calls.length]).toEqual([1, 0])
  })

  it("warns once of a command that fails, and again when it has worked between", async () => {
    const { warned, changed, end } = refreshing("it ended with 1", "it ended with 1", false, "it took too long")
    await vi.advanceTimersByTimeAsync(400)
    expect(warned).toEqual([
      'Cannot renew exec(["true"]): it ended with 1. Its value stays.',
      'Cannot renew exec(["true"]): it took too long. Its value stays.',
    ])
    expect(changed).not.toHaveBeenCalled()
    end()
  })
})
