import { resolve } from "node:path"

import { expect, it } from "vitest"

import { secretFiles } from "../../src/config/secret-files.ts"
import { env, file } from "../../src/core/secret.ts"

it("secretFiles() finds the files of secrets anywhere in a config, each once, also in one that holds itself", () => {
  const config: Record<string, unknown> = {
    admin: { token: file("/run/secrets/admin") },
    services: { a: { url: [file("url"), env("URL")] } },
    routes: {
      "/a": { handler: () => file("/never") },
      "/b": { reply: { headers: { x: file("/run/secrets/admin") } } },
    },
  }
  config.self = config
  expect(secretFiles(config)).toEqual(["/run/secrets/admin", resolve("url")])
  expect(secretFiles(undefined)).toEqual([])
})
