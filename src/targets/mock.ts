import { defineTarget } from "../core/part.ts"
import { about, either, object } from "../core/schema.ts"
import { fn, text } from "../core/values.ts"

/** Answers from one mock file, or from a function. */
export const mock = defineTarget({
  name: "mock",
  about: "One mock file, or a function that makes the answer up.",
  options: object({
    mock: about(
      'A file such as "mocks/orders.json", or a function of the request that gives a `Response` or a JSON value.',
      either(text({ expected: "a mock file or a function" }), fn<(request: never) => unknown>("MockFunction")),
    ),
  }),
  mockFiles: ({ mock: given }) => (typeof given === "string" ? [{ file: given, path: ["mock"] }] : []),
  create: ({ mock: given }, tools) => tools.mock(given),
})
