import { describe, expect, it } from "vitest"

import { environment } from "../../src/config/env-files.ts"
import { folder } from "../support/executable.ts"

describe("environment()", () => {
  it("is the process's own, then what .env.local adds, then what .env adds", () => {
    using shop = folder({ ".env": "A=env\nB=env\nC=env\n", ".env.local": "A=local\nB=local\n" })
    expect(environment(shop.path, { A: "own" })).toEqual({ A: "own", B: "local", C: "env" })
  })

  it("is the process's own without any file", () => {
    using shop = folder()
    expect(environment(shop.path, { A: "own" })).toEqual({ A: "own" })
  })

  it("reads quotes, comments, blank lines, exports and several lines", () => {
    using shop = folder({
      ".env": `# secrets\n\nA="two words"  # why\nB='it is'\nexport C=plain\nD="line\nbreak"\nE=\nF = spaced \r\n`,
    })
    expect(environment(shop.path, {})).toEqual({
      A: "two words",
      B: "it is",
      C: "plain",
      D: "line\nbreak",
      E: "",
      F: "spaced",
    })
  })

  it("takes a variable that is set but empty for the process's own", () => {
    using shop = folder({ ".env": "A=env\n" })
    expect(environment(shop.path, { A: "" })).toEqual({ A: "" })
  })

  it("does not change the process's own environment", () => {
    using shop = folder({ ".env": "BELLHOP_TEST_ENV_FILES=env\n" })
    expect(environment(shop.path).BELLHOP_TEST_ENV_FILES).toBe("env")
    expect(process.env.BELLHOP_TEST_ENV_FILES).toBeUndefined()
  })
})
