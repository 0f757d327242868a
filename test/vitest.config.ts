import { fileURLToPath } from "node:url"

import { defineConfig } from "vitest/config"

/** How the tests run: in threads, because Bun is not one of the processes that vitest knows how to fork. */
export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    pool: "threads",
    testTimeout: 20_000,
    hookTimeout: 20_000,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/journeys/**", "test/bench/**"],
        },
      },
      {
        extends: true,
        test: {
          name: "journeys",
          include: ["test/journeys/**/*.test.ts"],
          globalSetup: "test/journeys.setup.ts",
        },
      },
    ],
  },
})
