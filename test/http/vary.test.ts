import { expect, it } from "vitest"

import { HeaderList } from "../../src/http/header-list.ts"
import { addVary } from "../../src/http/vary.ts"

it.each([
  [[], "origin", ["origin"]],
  [["Accept-Encoding"], "origin, accept-encoding", ["Accept-Encoding, origin"]],
  [["Origin, X-A"], "origin", ["Origin, X-A"]],
  [["*"], "origin", ["*"]],
  [["x-origin"], "origin", ["x-origin, origin"]],
])("addVary() makes of %j with %j %j", (before, names, after) => {
  const headers = new HeaderList(before.flatMap((line) => ["vary", line]))
  addVary(headers, names)
  expect(headers.all("vary")).toEqual(after)
})
