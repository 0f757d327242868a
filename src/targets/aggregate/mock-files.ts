import type { Path } from "../../core/schema.ts"
import type { Part } from "./part-options.ts"

/** The mock files that stand in for parts, each with where it is named; also while other options have problems. */
export const mockFilesOf = (
  parts: ReadonlyMap<string, Part | undefined> | undefined,
  path: Path,
): { file: string; path: Path }[] =>
  [...(parts ?? [])].flatMap(([name, part]) => [
    ...(typeof part?.fallbackMock === "string"
      ? [{ file: part.fallbackMock, path: [...path, name, "fallbackMock"] }]
      : []),
    ...mockFilesOf(part?.aggregate, [...path, name, "aggregate"]),
  ])
