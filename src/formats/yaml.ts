import { decodeText } from "./decode-text.ts"
import { cannotRead, cannotWrite, type Codec, deepest, defineFormat, isDeeper } from "./format.ts"
import { yamlText } from "./yaml-text.ts"

/** What can be said about YAML. */
export interface YamlOptions {
  /** How deep lists and objects may be nested; 200 otherwise. */
  depth?: number
}

/** YAML 1.2 as far as JSON goes; tags say nothing, and of a name that comes twice the last one counts. */
export const yaml = defineFormat<YamlOptions>({
  name: "yaml",
  about: "One YAML 1.2 document without aliases.",
  types: ["application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"],
  suffix: "+yaml",
  codec({ depth = deepest } = {}): Codec {
    return {
      read(bytes, charset) {
        const text = decodeText(bytes, charset, "YAML")
        refuseAliases(text)
        const value = parsed(text)
        // A list may be a document or many of them; with one more there are two, or one more than before.
        if (/\n(?:---|\.\.\.)(?:\s|$)/.test(text) && Array.isArray(value) && isMany(text))
          throw cannotRead("YAML", "it has more than one document.")
        if (isDeeper(value, depth))
          throw cannotRead("YAML", `its lists and objects are nested more than ${depth} deep, which is the limit.`)
        return value
      },
      write(value) {
        const plain = jsonValue(value)
        if (isDeeper(plain, depth))
          throw cannotWrite("YAML", `lists and objects are nested more than ${depth} deep, which is the limit.`)
        return yamlText(plain)
      },
    }
  },
})

function parsed(text: string): unknown {
  try {
    return Bun.YAML.parse(text)
  } catch (error) {
    const why = error instanceof RangeError ? "it is nested too deeply" : (error as Error).message
    throw cannotRead("YAML", `${why.replace(/^YAML Parse error: /, "")}.`)
  }
}

/**
 * Bun.YAML copies a text for each of its aliases, and an object into each that merges it ("<<"): a megabyte becomes as
 * much memory as there is. To find aliases takes a parser, because "*x" in a text is none. So this asks the parser: all
 * of them point to a name that nobody has, which is an error only where one is an alias.
 */
function refuseAliases(text: string): void {
  if (!text.includes("*") || !text.includes("&")) return
  let name = "none"
  while (text.includes(name)) name += "x"
  try {
    Bun.YAML.parse(text.replaceAll(/\*(?=[^\s,[\]{}])/g, `*${name}`))
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes("alias")) return
    throw cannotRead("YAML", "aliases (*) are refused, because they can make a small body a huge value.")
  }
}

function isMany(text: string): boolean {
  const more = parsed(`${text}\n--- ~\n`)
  return Array.isArray(more) && more.length > 2
}

/** The value as JSON has it, which is as much as YAML is to say here. */
function jsonValue(value: unknown): unknown {
  let text: string | undefined
  try {
    text = JSON.stringify(value) as string | undefined
  } catch (error) {
    throw cannotWrite("YAML", error instanceof RangeError ? "it is nested too deeply." : (error as Error).message)
  }
  if (text === undefined) throw cannotWrite("YAML", `there is no form for ${typeof value}.`)
  return JSON.parse(text) as unknown
}
