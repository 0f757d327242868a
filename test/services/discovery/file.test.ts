import { renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"

import { describe, expect, it } from "vitest"

import { file } from "../../../src/services/discovery/file.ts"
import { folder } from "../../support/executable.ts"
import { parsed, watching } from "./watching.ts"

const find = (root: string, path: string) => watching(file.create(parsed(file.options, { path }), { root }))

const json = (...urls: string[]): string => JSON.stringify(urls)

describe("file", () => {
  it("reads JSON, and YAML, from the folder of the config", async () => {
    using home = folder({
      "a.json": json("http://10.0.0.5"),
      "b/a.yaml": "- http://10.0.0.6\n- url: http://10.0.0.7\n  weight: 2\n",
    })
    using one = find(home.path, "a.json")
    expect(await one.list()).toEqual([{ url: "http://10.0.0.5" }])
    using other = find(home.path, "./b/a.yaml")
    expect(await other.list()).toEqual([{ url: "http://10.0.0.6" }, { url: "http://10.0.0.7", weight: 2 }])
  })

  it("reads again what is written, and says nothing of what stayed the same", async () => {
    using home = folder({ "a.json": json("http://10.0.0.5") })
    using found = find(home.path, "a.json")
    expect(await found.urls()).toEqual(["http://10.0.0.5"])
    home.write("a.json", json("http://10.0.0.5"))
    home.write("a.json", json("http://10.0.0.6"))
    expect(await found.urls()).toEqual(["http://10.0.0.6"])
    expect(found.told).toBe(2)
  })

  it("follows a file that is replaced as a whole, again and again", async () => {
    using home = folder({ "a.json": json("http://10.0.0.0") })
    using found = find(home.path, "a.json")
    await found.urls()
    for (let turn = 1; turn < 5; turn++) {
      writeFileSync(join(home.path, ".a.json.new"), json(`http://10.0.0.${turn}`))
      renameSync(join(home.path, ".a.json.new"), join(home.path, "a.json"))
      expect(await found.urls()).toEqual([`http://10.0.0.${turn}`])
    }
  })

  it("follows a link whose folder is swapped, as ConfigMaps are", async () => {
    using home = folder({ "one/a.json": json("http://10.0.0.1"), "two/a.json": json("http://10.0.0.2") })
    symlinkSync("one", join(home.path, "..data"))
    symlinkSync("..data/a.json", join(home.path, "a.json"))
    using found = find(home.path, "a.json")
    expect(await found.urls()).toEqual(["http://10.0.0.1"])
    symlinkSync("two", join(home.path, "..data_tmp"))
    renameSync(join(home.path, "..data_tmp"), join(home.path, "..data"))
    expect(await found.urls()).toEqual(["http://10.0.0.2"])
  })

  it("fails once while there is no file, or no folder, and finds it when it comes", async () => {
    using home = folder()
    using found = find(home.path, "later/a.json")
    expect(await found.failure()).toMatch("there is no such file")
    home.write("later/a.json", json("http://10.0.0.5"))
    expect(await found.urls()).toEqual(["http://10.0.0.5"])
    rmSync(join(home.path, "later"), { recursive: true })
    expect(await found.failure()).toMatch("there is no such file")
    expect(found.told).toBe(3)
  })

  it.each([
    ["a.json", "[", "JSON"],
    ["a.yaml", "- [", ""],
    ["a.json", "{}", "it holds an object instead of a list"],
    ["a.yml", "", "it holds null instead of a list"],
    ["a.json", "[1]", "entry 1 is not valid"],
    ["a.json", `[${" ".repeat(1024 * 1024)}]`, "it is too large"],
  ])("fails on %s that holds %j", async (path, content, reason) => {
    using home = folder({ [path]: content.slice(0, 1024 * 1024 + 2) })
    using found = find(home.path, path)
    const said = await found.failure()
    expect(said).toMatch(reason)
    expect(said).not.toMatch("\n")
  })

  it("says nothing once it is ended", async () => {
    using home = folder({ "a.json": json("http://10.0.0.5") })
    const found = find(home.path, "a.json")
    using control = find(home.path, "a.json")
    await Promise.all([found.urls(), control.urls()])
    found[Symbol.dispose]()
    home.write("a.json", json("http://10.0.0.6"))
    await control.urls()
    expect(found.told).toBe(1)
  })
})
