import { describe, expect, it } from "vitest"

import { readPurge } from "../../../src/policies/cache/purge-query.ts"
import { purge } from "../../../src/policies/cache/purge.ts"
import { cached, stoppedClock } from "./cached.ts"

stoppedClock()

const nothing = { url: undefined, path: undefined, tag: undefined, all: undefined }

async function shop() {
  const made = cached(({ path }) => ({
    headers: { "cache-control": "max-age=60", "cache-tag": path.startsWith("/users") ? "users, all" : "all" },
    body: path,
  }))
  for (const path of ["/users/1", "/users/2?page=1", "/users", "/cart"]) await made.get(path)
  await made.get({ path: "/users/1", headers: { cookie: "a=1" } })
  const left = (): string[] => [...made.room.memory.uris()].map((uri) => uri.replace("http://shop.example", ""))
  return { ...made, left }
}

describe("purge()", () => {
  it("drops all answers of a URL, whoever they are for", async () => {
    const { room, left } = await shop()
    expect(await purge(room, readPurge({ ...nothing, url: "http://SHOP.example/users/1" }))).toBe(2)
    expect(left()).toEqual(["/users/2?page=1", "/users", "/cart"])
  })

  it.each([
    ["/users/*", 3, ["/users", "/cart"]],
    ["/users/2", 1, ["/users/1", "/users", "/cart"]],
    ["/users/2?page=2", 0, ["/users/1", "/users/2?page=1", "/users", "/cart"]],
    ["/*", 5, []],
    ["/.*", 0, ["/users/1", "/users/2?page=1", "/users", "/cart"]],
  ])("drops what fits the path %j: %d", async (path, count, rest) => {
    const { room, left } = await shop()
    expect(await purge(room, readPurge({ ...nothing, path }))).toBe(count)
    expect(left()).toEqual(rest)
  })

  it("drops what has a tag, and everything", async () => {
    const { room, left } = await shop()
    expect(await purge(room, readPurge({ ...nothing, tag: "users" }))).toBe(4)
    expect(left()).toEqual(["/cart"])
    expect(await purge(room, readPurge({ ...nothing, all: "" }))).toBe(1)
    expect(left()).toEqual([])
  })

  it.each([
    nothing,
    { ...nothing, url: "a", tag: "b" },
    { ...nothing, url: "shop.example" },
    { ...nothing, path: "users" },
    { ...nothing, tag: "" },
  ])("understands no %j", (given) => {
    expect(() => readPurge(given)).toThrow(/^(?:Say|".*" is no)/)
  })
})
