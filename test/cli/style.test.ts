import { describe, expect, it } from "vitest"

import { style, wantsColor } from "../../src/cli/style.ts"

describe("style()", () => {
  it("dresses text only where colours are wanted", () => {
    expect(style(true).red("no")).toBe("\u001b[31mno\u001b[39m")
    expect(style(false).red("no")).toBe("no")
    expect(style(true).red("")).toBe("")
  })
})

describe("wantsColor()", () => {
  it.each([
    ["a terminal", {}, true, true],
    ["a pipe", {}, false, false],
    ["NO_COLOR on a terminal", { NO_COLOR: "1" }, true, false],
    ["an empty NO_COLOR, which means nothing", { NO_COLOR: "" }, true, true],
    ["FORCE_COLOR in a pipe", { FORCE_COLOR: "1" }, false, true],
    ["FORCE_COLOR against NO_COLOR", { FORCE_COLOR: "1", NO_COLOR: "1" }, false, true],
    ["FORCE_COLOR=0", { FORCE_COLOR: "0" }, true, false],
    ["an empty FORCE_COLOR, which means nothing", { FORCE_COLOR: "" }, false, false],
    ["a terminal that knows no colours", { TERM: "dumb" }, true, false],
  ])("decides for %s", (_, env, tty, wanted) => {
    expect(wantsColor(env, tty)).toBe(wanted)
  })
})
