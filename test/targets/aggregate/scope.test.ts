import { expect, it } from "vitest"

import { Scope } from "../../../src/targets/aggregate/scope.ts"

it("Scope tells everything inside why it ends, and whoever comes later", () => {
  const scope = new Scope()
  const told: string[] = []
  scope.add({ end: (reason) => told.push(`a ${reason.message}`) })
  scope.inner().whenOver((reason) => told.push(`b ${reason.message}`))
  scope.end(new Error("gone"))
  scope.end(new Error("late"))
  scope.whenOver((reason) => told.push(`c ${reason.message}`))
  expect(told).toEqual(["a gone", "b gone", "c gone"])
})

it("Scope lets go of everything inside once it is settled", () => {
  const scope = new Scope()
  const told: string[] = []
  scope.add({ end: () => told.push("a") })
  const inner = scope.inner()
  inner.whenOver(() => told.push("b"))
  scope.settled()
  scope.end(new Error("gone"))
  expect(told).toEqual([])
  expect(inner.reason).toBeUndefined()
})
