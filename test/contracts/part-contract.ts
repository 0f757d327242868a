import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

import fc from "fast-check"
import { afterEach, expect, it, onTestFinished, vi } from "vitest"

import { check } from "../../src/config/check.ts"
import { typeCheck } from "../../src/config/type-check.ts"
import { bellhopTypes } from "../../src/config/types.ts"
import type { AnyPart, Tools } from "../../src/core/part.ts"
import { printFields, type Problem, type Schema } from "../../src/core/schema.ts"

/** Options of a part as a user writes them in TypeScript. */
export type Sample = string

/** The value of a sample. */
// oxlint-disable-next-line no-implied-eval
export const written = (sample: Sample): unknown => new Function(`return (${sample})`)()

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

/** What every part of a shelf keeps to. */
export function partContract<Product>(folder: string, part: AnyPart<Product>, sample: Sample, given: Tools): void {
  afterEach(() => void vi.restoreAllMocks())

  it("has the name of its file, which exports it", async () => {
    expect(part.name).toMatch(/^[a-z][A-Za-z]*$/)
    const files = [`${kebab(part.name)}.ts`, `${kebab(part.name)}/index.ts`]
    const file = files.find((name) =>
      existsSync(fileURLToPath(new URL(`../../src/${folder}/${name}`, import.meta.url))),
    )
    const module = (await import(`../../src/${folder}/${file}`)) as Record<string, unknown>
    expect(module[part.name]).toBe(part)
  })

  it("says what it is for, in a sentence, and so does each of its options", () => {
    expect(part.about).toMatch(/^[A-Z].*\.$/)
    const undocumented = (fields: Schema<unknown>["fields"], path: string): string[] =>
      Object.entries(fields ?? {}).flatMap(([name, field]) => [
        ...(/^[A-Z].*\.$/s.test(field.about) ? [] : [`${path}${name}`]),
        ...undocumented(field.fields, `${path}${name}.`),
      ])
    expect(undocumented(part.options.fields, "")).toEqual([])
  })

  it("takes its sample, and its standard options if it has some", () => {
    const problems: Problem[] = []
    part.options.parse(written(sample), [], (problem) => void problems.push(problem))
    if (part.standard !== undefined) part.options.parse(part.standard, [], (problem) => void problems.push(problem))
    expect(problems).toEqual([])
  })

  it("opens nothing and starts nothing when it is created", () => {
    const options = part.options.parse(written(sample), [], () => {})
    const begun = [
      vi.spyOn(globalThis, "setTimeout"),
      vi.spyOn(globalThis, "setInterval"),
      vi.spyOn(globalThis, "setImmediate"),
      vi.spyOn(globalThis, "fetch"),
      vi.spyOn(Bun, "connect"),
      vi.spyOn(Bun, "listen"),
      vi.spyOn(Bun, "serve"),
      vi.spyOn(Bun, "spawn"),
    ]
    expect(typeof part.create(options, given)).toMatch(/^(function|object)$/)
    for (const spy of begun) expect(spy).not.toHaveBeenCalled()
  })

  it("finds problems in options that are nonsense, and never throws", () => {
    const nonsense = fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true })
    const wrong = fc.oneof(
      nonsense,
      fc.record(Object.fromEntries(Object.keys(part.options.fields ?? {}).map((name) => [name, nonsense])), {
        requiredKeys: [],
      }),
    )
    fc.assert(
      fc.property(wrong, (value) => {
        const problems: Problem[] = []
        part.options.parse(value, ["here"], (problem) => void problems.push(problem))
        for (const { code, message, path } of problems) {
          expect(code).toMatch(/^E\d{3}$/)
          expect(message).toMatch(/[.?]$/)
          expect(path[0]).toBe("here")
        }
        const route = typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {}
        problemsOf({ ...route, [part.name]: value })
        problemsOf(route as Record<string, unknown>, { [part.name]: value })
      }),
    )
  })
}

/** A config around a part: what check() says about any value in its place. */
export function problemsOf(
  route: Record<string, unknown>,
  defaults?: Record<string, unknown>,
  key = "/x/:id/*",
): Problem[] {
  const config = {
    services: { cart: "http://localhost:4001", spare: "http://localhost:4002" },
    routes: { [key]: route, "/used": "cart", "/used/too": "spare" },
  }
  return check(defaults ? { ...config, defaults } : config).problems
}

/** Runs the type checker over the types of all parts of a shelf, and over the samples against them. */
export async function typeErrors(
  parts: readonly AnyPart<unknown>[],
  samples: ReadonlyMap<string, Sample>,
): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "bellhop-types-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const types = parts.map(({ name, options }) => {
    const text = options.fields ? `{\n${printFields(options.fields, "  ")}}` : options.types("")
    return `export type Of_${name}<S extends string, P, N extends keyof P = never, K = string, Q extends string = string> = ${text}\n`
  })
  const uses = parts.map(
    ({ name }) =>
      `export const ${name}: import("./parts").Of_${name}<"cart" | "spare", { a: 1 }> = ${samples.get(name)}\n`,
  )
  const compilerOptions = {
    target: "esnext",
    module: "preserve",
    moduleResolution: "bundler",
    lib: ["esnext", "dom", "dom.iterable"],
    types: [],
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    skipDefaultLibCheck: true,
  }
  writeFileSync(join(folder, "parts.d.ts"), `${bellhopTypes()}\n${types.join("\n")}`)
  writeFileSync(join(folder, "samples.ts"), uses.join("\n"))
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }))
  return (await typeCheck(folder)).map(({ message, place }) => `${place?.file ?? ""}:${place?.line ?? ""} ${message}`)
}
