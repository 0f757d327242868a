import { describe, expect, it } from "vitest"

import { type CodeEntry, codes, isCode } from "../../src/config/codes.ts"

const entries = Object.entries<CodeEntry>(codes)

describe("codes", () => {
  it.each(entries)("%s has a title, an explanation and a fix", (code, { title, about, fix }) => {
    expect(code).toMatch(/^E\d{3}$/)
    expect(title).toMatch(/^[A-Z].{8,60}[^.]$/)
    expect(fix).toMatch(/^[A-Z].+\.$/s)
    const sentences = about.match(/[.!?](?=\s|$)/g) ?? []
    expect(sentences.length).toBeGreaterThanOrEqual(2)
    expect(sentences.length).toBeLessThanOrEqual(6)
  })

  it.each(entries.filter(([, entry]) => entry.example))(
    "%s shows a good example that differs from the bad one",
    (_, entry) => {
      expect(entry.example?.bad).toBeTruthy()
      expect(entry.example?.good).toBeTruthy()
      expect(entry.example?.good).not.toBe(entry.example?.bad)
    },
  )

  it("have titles that are unique", () => {
    const titles = entries.map(([, entry]) => entry.title.toLowerCase())
    expect(new Set(titles).size).toBe(titles.length)
  })

  it("come from files that share no code", () => {
    expect(entries).toHaveLength(46)
  })
})

describe("isCode()", () => {
  it("knows the codes and nothing else", () => {
    expect(isCode("E301")).toBe(true)
    expect(isCode("E999")).toBe(false)
    expect(isCode("constructor")).toBe(false)
  })
})
