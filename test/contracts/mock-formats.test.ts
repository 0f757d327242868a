import { statSync } from "node:fs"
import { join } from "node:path"

import { describe, expect, it } from "vitest"

import { bytesOf } from "../../src/core/reply.ts"
import { answerWith } from "../../src/mocks/answer.ts"
import { formats } from "../../src/mocks/formats/index.ts"
import { loadMock, type MockCache } from "../../src/mocks/load.ts"
import { exchangeOf, folderOf, freshModules } from "../mocks/mock-tools.ts"

// What a file of each format may hold, and what is sent for it.
const samples = new Map<string, { content: string | Uint8Array; sent: string | Uint8Array }>([
  [
    "json",
    {
      content: '\ufeff{ "a b": [1.0, "x\\" y "],\n\t"big": 90071992547409931 }\n',
      sent: '{"a b":[1.0,"x\\" y "],"big":90071992547409931}',
    },
  ],
  ["script", { content: "export default { a: [1, null] }", sent: '{"a":[1,null]}' }],
  ["text", { content: "<p>Grüße, 世界</p>\r\n", sent: "<p>Grüße, 世界</p>\r\n" }],
  ["binary", { content: new Uint8Array([0, 255, 13, 10, 128]), sent: new Uint8Array([0, 255, 13, 10, 128]) }],
])

const bytesFrom = (content: string | Uint8Array): Buffer =>
  typeof content === "string" ? Buffer.from(content) : Buffer.from(content)

function load(root: string, file: string, cache?: MockCache): ReturnType<typeof loadMock> {
  const path = join(root, file)
  const stats = statSync(path, { throwIfNoEntry: false })
  return loadMock(
    {
      path,
      name: `mocks/${file}`,
      extension: file.split(".").at(-1) ?? "",
      status: undefined,
      ...(stats && { stats }),
    },
    { importModule: freshModules(), ...(cache && { cache }) },
  )
}

describe.each(formats)("mock format $name", (format) => {
  it("says what it is for, in a sentence", () => {
    expect(format.name).toMatch(/^[a-z]+$/)
    expect(format.about).toMatch(/^[A-Z].*\.$/)
  })

  it("has extensions, each in lower case, that no other format has", () => {
    const others = new Set(formats.filter((other) => other !== format).flatMap((other) => other.extensions))
    expect(format.extensions.length).toBeGreaterThan(0)
    expect(new Set(format.extensions).size).toBe(format.extensions.length)
    for (const extension of format.extensions) {
      expect(extension).toMatch(/^[a-z\d]+$/)
      expect(others.has(extension), extension).toBe(false)
    }
  })

  it("sends a type and the right bytes for each of its extensions", async () => {
    const sample = samples.get(format.name)
    if (!sample) throw new Error(`Give the format "${format.name}" a sample in this test.`)
    const files = format.extensions.map((extension) => `x.${extension}`)
    const root = folderOf(Object.fromEntries(files.map((file) => [file, sample.content])))
    for (const file of files) {
      const answer = await load(root, file)
      if ("code" in answer) throw new Error(answer.message)
      const reply = await answerWith({ answer, status: undefined, name: file }, exchangeOf("GET", "/x"), {}, "mock")
      expect(reply.headers.get("content-type"), file).toMatch(/^[a-z]+\/[a-z\d.+-]+(?:; charset=utf-8)?$/)
      expect(Buffer.from((await bytesOf(reply.body, 1000)) ?? [])).toEqual(bytesFrom(sample.sent))
    }
  })

  it("answers each exchange with the same bytes", async () => {
    const sample = samples.get(format.name)
    const file = `x.${format.extensions[0]}`
    const answer = await load(folderOf({ [file]: sample?.content ?? "" }), file)
    if ("code" in answer) throw new Error(answer.message)
    const bodies = [1, 2].map(async () => {
      const reply = await answerWith({ answer, status: undefined, name: file }, exchangeOf("GET", "/x"), {}, "mock")
      return Buffer.from((await bytesOf(reply.body, 1000)) ?? [])
    })
    const [first, second] = await Promise.all(bodies)
    expect(first).toEqual(second)
  })

  it("turns a file that cannot be read into a problem", async () => {
    const root = folderOf({})
    for (const extension of format.extensions) {
      const problem = await load(root, `gone.${extension}`)
      expect(problem).toMatchObject({ code: "E602", file: join(root, `gone.${extension}`) })
      expect(problem).toMatchObject({ message: expect.stringContaining(`"mocks/gone.${extension}"`) })
    }
  })

  it("is asked again for an unchanged file only when more than the file decides", async () => {
    const file = `x.${format.extensions[0]}`
    const root = folderOf({ [file]: samples.get(format.name)?.content ?? "" })
    const cache: MockCache = new Map()
    const first = await load(root, file, cache)
    expect((await load(root, file, cache)) === first).toBe(format.selfContained)
  })
})
