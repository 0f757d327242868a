import { places } from "../../src/config/places.ts"

export type Files = Record<string, string>

export const entry = "/shop/gateway.config.ts"

/** Places in sources that are given as text; `show` gives the text at a place, after its file if that is another one. */
export function open(files: Files | string) {
  const sources = new Map(Object.entries(typeof files === "string" ? { [entry]: files } : files))
  const map = places(entry, (file) => sources.get(file))
  const show = (path: (string | number)[], on?: "key" | "value"): string | undefined => {
    const place = map.find(path, on)
    if (!place) return undefined
    const line = (sources.get(place.file) ?? "").split(/\r?\n/)[place.line - 1] ?? ""
    const name = place.file === entry ? "" : `${place.file.replace("/shop/", "")}: `
    return name + line.slice(place.column - 1, place.column - 1 + place.length)
  }
  return { map, show }
}

/** The source of a config with this body. */
export const config = (body: string, before = ""): string =>
  `import { defineGateway } from "bellhop"\n${before}\nexport default defineGateway({ ${body} })\n`
