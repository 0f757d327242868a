import { describe, expect, it } from "vitest"

import type { Sample } from "../../src/observe/metrics/family.ts"
import { storeMetrics } from "../../src/server/store-metrics.ts"
import type { KeptStore } from "../../src/stores/kept-store.ts"
import type { StoreStatus } from "../../src/stores/store-part.ts"
import { tools } from "../support/exchange.ts"

const told = (status: StoreStatus | undefined): Record<string, readonly Sample[]> => {
  const store: KeptStore = { ...tools().store, name: "redis", status: () => status }
  return Object.fromEntries(storeMetrics(store).map(({ name, samples }) => [name, samples]))
}

describe("storeMetrics()", () => {
  it("tells whether a store is there, for how long it is away, and how often limits were answered without it", () => {
    const label = { store: "redis" }
    expect(told({ connected: true, awaySince: undefined, estimated: 3 })).toEqual({
      bellhop_store_up: [[label, 1]],
      bellhop_store_away_seconds: [[label, 0]],
      bellhop_store_estimates_total: [[label, 3]],
    })
    const away = told({ connected: false, awaySince: Date.now() - 60_000, estimated: 4 })
    expect(away.bellhop_store_up).toEqual([[label, 0]])
    expect(away.bellhop_store_away_seconds?.[0]?.[1]).toBeGreaterThanOrEqual(60)
  })

  it("tells nothing of stores that cannot be away, and before there is one", () => {
    expect(told(undefined)).toEqual({})
    expect(storeMetrics(undefined)).toEqual([])
  })
})
