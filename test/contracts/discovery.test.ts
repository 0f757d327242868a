import dgram from "node:dgram"
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"

import fc from "fast-check"
import { afterEach, describe, expect, it, vi } from "vitest"

import { object, optional, type Problem, type Schema } from "../../src/core/schema.ts"
import { Secret } from "../../src/core/secret.ts"
import { discoverOptions } from "../../src/services/discover-options.ts"
import { sources } from "../../src/services/discovery/index.ts"
import { serviceOptions } from "../../src/services/options.ts"
import { type Sample, typeErrors, written } from "./part-contract.ts"

// Every option of a source; nobody answers there, because nothing listens on port 1.
const samples = new Map<string, Sample>([
  [
    "dns",
    '{ name: "user.internal", port: 4002, scheme: "https", server: "127.0.0.1:1", family: "ipv4", minTtl: "1s", maxTtl: "1m", interval: "9s" }',
  ],
  [
    "srv",
    '{ name: "_http._tcp.user.internal", scheme: "https", server: "127.0.0.1:1", family: "ipv6", minTtl: "1s", maxTtl: "1m", interval: "9s" }',
  ],
  [
    "consul",
    '{ service: "user", url: "http://127.0.0.1:1", token: "t", datacenter: "dc1", tags: ["v2"], scheme: "http", wait: "1m", timeout: "2s" }',
  ],
  ["file", '{ path: "no/such/file.yaml" }'],
  ["http", '{ url: "http://127.0.0.1:1/list", interval: "9s", timeout: "1s", headers: { authorization: "t" } }'],
])

const sampleOf = (name: string): Sample => {
  const sample = samples.get(name)
  if (sample === undefined) throw new Error(`Give the source "${name}" a sample in this test.`)
  return sample
}

const fail = ({ message }: Problem): never => expect.fail(message)

function problemsIn(schema: Schema<unknown>, value: unknown): Problem[] {
  const problems: Problem[] = []
  schema.parse(value, ["here"], (problem) => void problems.push(problem))
  return problems
}

describe("the shelf of sources", () => {
  it("has no name twice, and none that stands beside the sources", () => {
    const names = sources.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    for (const name of ["allow", "allowEmpty"]) expect(names).not.toContain(name)
  })

  it("has types that the type checker takes, and that take the samples, alone and beside the other options", async () => {
    const service = object({ discover: optional(discoverOptions) })
    const part = (name: string) => ({ name, about: "", options: service, create: () => undefined })
    const inside = new Map(
      sources.map(({ name }) => [
        name,
        `{ discover: { ${name}: ${sampleOf(name)}, allow: ["10.0.0.0/8"], allowEmpty: true } }`,
      ]),
    )
    expect(
      await typeErrors(
        sources.map(({ name }) => part(name)),
        inside,
      ),
    ).toEqual([])
    const wrong = new Map([
      ["none", "{ discover: { allowEmpty: true } }"],
      ["typo", '{ discover: { dns: { nmae: "a" } } }'],
      ["other", '{ discover: { etcd: { name: "a" } } }'],
    ])
    const errors = await typeErrors([...wrong.keys()].map(part), wrong)
    expect(errors.length).toBe(wrong.size)
  })
})

describe("the option discover", () => {
  const whole = (discover: object) => problemsIn(serviceOptions, { discover })

  it("takes exactly one source", () => {
    expect(whole({ dns: { name: "a" } })).toEqual([])
    expect(whole({ dns: { name: "a" }, file: { path: "a.json" } })).toMatchObject([
      { code: "E204", path: ["here", "discover", "file"], message: expect.stringContaining('"dns" and "file"') },
    ])
    expect(whole({ allowEmpty: true })).toMatchObject([{ code: "E202", path: ["here", "discover"] }])
    expect(whole({ dnss: { name: "a" } })).toMatchObject([
      { code: "E201", message: 'Unknown option "dnss". Did you mean "dns"?' },
      { code: "E202" },
    ])
  })

  it("stands in the place of url, never beside it", () => {
    expect(problemsIn(serviceOptions, { url: "http://a", discover: { dns: { name: "a" } } })).toMatchObject([
      { code: "E204", path: ["here", "discover"], message: 'A service has "url" or "discover", but here are both.' },
    ])
  })

  it("finds what is wrong inside of it, at its place", () => {
    expect(whole({ dns: { name: "a", port: 0 } })).toMatchObject([{ path: ["here", "discover", "dns", "port"] }])
    expect(whole({ dns: { name: "a" }, allow: [] })).toMatchObject([
      { code: "E205", path: ["here", "discover", "allow"] },
    ])
    expect(whole({ dns: { name: "a" }, allow: ["10"] })).toMatchObject([{ path: ["here", "discover", "allow", 0] }])
  })

  it("shows secrets by their names only", () => {
    const secret = (value: string): Secret => new Secret('env("HIDDEN")', () => value)
    const { label } = discoverOptions.parse({ http: { url: secret("http://10.0.0.5/hidden") } }, [], fail)
    expect(label).toBe('http env("HIDDEN")')
    for (const [name, option, value] of [
      ["http", "url", "http://me:hidden@a"],
      ["consul", "url", "http://me:hidden@a"],
      ["dns", "server", "hidden"],
    ] as const) {
      const problems = whole({ [name]: { ...(written(sampleOf(name)) as object), [option]: secret(value) } })
      expect(problems.length).toBe(1)
      expect(JSON.stringify(problems)).not.toContain("hidden")
    }
  })

  it("finds problems in nonsense, and never throws", () => {
    const nonsense = fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true })
    const names = [...sources.map(({ name }) => name), "allow", "allowEmpty"]
    const record = fc.record(Object.fromEntries(names.map((name) => [name, nonsense])), { requiredKeys: [] })
    fc.assert(
      fc.property(fc.oneof(nonsense, record), (value) => {
        for (const { code, message, path } of problemsIn(discoverOptions, value)) {
          expect(code).toMatch(/^E\d{3}$/)
          expect(message).toMatch(/[.?]$/)
          expect(path[0]).toBe("here")
        }
      }),
    )
  })
})

describe.each(sources)("source $name", (part) => {
  const options = (): unknown => part.options.parse(written(sampleOf(part.name)), [], fail)

  afterEach(() => void vi.restoreAllMocks())

  it("has the name of its file, which exports it", async () => {
    expect(existsSync(fileURLToPath(new URL(`../../src/services/discovery/${part.name}.ts`, import.meta.url)))).toBe(
      true,
    )
    const module = (await import(`../../src/services/discovery/${part.name}.ts`)) as Record<string, unknown>
    expect(module[part.name]).toBe(part)
  })

  it("says what it is for, in a sentence, and so does each of its options", () => {
    expect(part.about).toMatch(/^[A-Z].*\.$/)
    for (const [name, field] of Object.entries(part.options.fields ?? {}))
      expect([name, field.about]).toEqual([name, expect.stringMatching(/^[A-Z].*\.$/)])
  })

  it("names the option that says what is looked for, and needs it", () => {
    expect(Object.keys(part.options.fields ?? {})).toContain(part.subject)
    expect(part.options.fields?.[part.subject]?.optional).toBe(false)
    expect(problemsIn(part.options, {})).toMatchObject([{ code: "E202" }])
  })

  it("has a sample with each of its options", () => {
    expect(Object.keys(written(sampleOf(part.name)) as object).toSorted()).toEqual(
      Object.keys(part.options.fields ?? {}).toSorted(),
    )
    expect(problemsIn(part.options, written(sampleOf(part.name)))).toEqual([])
  })

  it("opens nothing and starts nothing when it is created", () => {
    const begun = [
      vi.spyOn(globalThis, "setTimeout"),
      vi.spyOn(globalThis, "setInterval"),
      vi.spyOn(globalThis, "fetch"),
      vi.spyOn(Bun, "connect"),
      vi.spyOn(dgram, "createSocket"),
    ]
    expect(typeof part.create(options(), { root: "/" }).start).toBe("function")
    for (const spy of begun) expect(spy).not.toHaveBeenCalled()
  })

  it("says why it failed when nobody answers, in the middle of a sentence, and ends when it is told", async () => {
    const source = part.create(options(), { root: "/no/such/folder" })
    let end: (() => void) | undefined
    const reason = await new Promise<string>((resolve, reject) => {
      end = source.start(() => reject(new Error("It found something.")), resolve)
    })
    expect(reason).toMatch(/^[a-z].*[^.]$/)
    end?.()
    end?.()
  })
})
