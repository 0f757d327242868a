import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import { deadlineHeader } from "../../../src/services/guards/deadline-header.ts"
import { parsed, places } from "../../core/parsed.ts"
import { exchange } from "../../support/exchange.ts"
import { guarded } from "./guarded.ts"

beforeEach(() => void vi.useFakeTimers())

afterEach(() => {
  vi.useRealTimers()
})

describe("deadlineHeader()", () => {
  const told = async (limit: number | undefined, passed: number): Promise<string | undefined> => {
    const made = guarded(deadlineHeader, "X-Request-Timeout")
    const asked = exchange({ headers: { "x-request-timeout": "99999" } })
    if (limit !== undefined) asked.limit(limit)
    vi.advanceTimersByTime(passed)
    await made.handle(asked)
    asked.settled()
    return made.exchanges[0]?.headers.get("x-request-timeout")
  }

  it("says how many milliseconds are left, in the place of what the client says", async () => {
    expect(await told(1000, 0)).toBe("1000")
    expect(await told(1000, 400)).toBe("600")
  })

  it("never says that there is no time", async () => {
    expect(await told(1000, 1000)).toBe("1")
  })

  it("says nothing, whatever the client says, where there is no deadline", async () => {
    expect(await told(undefined, 0)).toBeUndefined()
  })

  it("goes by the deadline of whoever asks on behalf of another", async () => {
    const made = guarded(deadlineHeader, "x-left")
    const asked = exchange()
    asked.limit(1000)
    vi.advanceTimersByTime(100)
    const part = asked.derive({ ...asked })
    await made.handle(part)
    expect(part.headers.get("x-left")).toBe("900")
    part.limit(300)
    await made.handle(part)
    expect(part.headers.get("x-left")).toBe("300")
    part.settled()
    asked.settled()
  })

  it.each(["Content-Length", "host", "connection", "Transfer-Encoding", "x-forwarded-for", "x-bellhop-id", "upgrade"])(
    "refuses the name %s, which means something else",
    (name) => {
      expect(places(parsed(deadlineHeader.options, name).problems)).toEqual(["E204 here"])
    },
  )

  it.each(["", "x timeout", "x:y", 5, null])("refuses %j", (name) => {
    expect(parsed(deadlineHeader.options, name).problems.length).toBe(1)
  })
})
