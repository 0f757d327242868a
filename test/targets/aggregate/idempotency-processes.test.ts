import { join } from "node:path"

import { expect, it } from "vitest"

import { folder } from "../../support/executable.ts"
import { startedTogether } from "../../support/started-together.ts"

it("idempotent() runs once for each key in three processes on one SQLite file, and all copies get the same bytes", async () => {
  using place = folder()
  const script = join(import.meta.dirname, "idempotent-process.ts")
  const file = join(place.path, "store.sqlite")
  const outcomes = (await startedTogether(
    script,
    ["a", "b", "c"].map((name) => [file, name, "20", "5"]),
  )) as { answers: [key: string, answer: string][]; charges: number }[]
  const answers = outcomes.flatMap((outcome) => outcome.answers)
  expect(answers).toHaveLength(3 * 20 * 5)
  const byKey = new Map(answers)
  expect(byKey.size).toBe(20)
  for (const [key, answer] of answers) expect(answer).toBe(byKey.get(key) as string)
  expect(new Set(byKey.values()).size).toBe(20)
  expect(outcomes.reduce((sum, { charges }) => sum + charges, 0)).toBe(20)
})
