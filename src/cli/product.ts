import manifest from "../../package.json" with { type: "json" }

/** What this executable is, as it introduces itself. */
export const product = {
  name: manifest.name,
  version: manifest.version,
  about: manifest.description,
  bun: Bun.version,
  platform: `${process.platform}-${process.arch}`,
} as const
