import { expect, it } from "vitest"

import { reloadUnderLoad } from "../support/reload-load.ts"

it("150 reloads under the load of 32 connections fail no request, answer none with an old config, and keep no memory", async () => {
  const { answers, failed, wrong, rss } = await reloadUnderLoad({ reloads: 150, warmUp: 100, connections: 32 })
  expect({ failed, wrong }).toEqual({ failed: 0, wrong: 0 })
  expect(answers).toBeGreaterThan(150)
  expect(rss.after - rss.before).toBeLessThanOrEqual(20)
}, 60_000)
