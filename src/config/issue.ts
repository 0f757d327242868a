import type { Problem as AnyProblem } from "../core/schema.ts"
import type { Code } from "./codes.ts"

/** A mistake in the config that knows its path in the config, but not yet its place in a file. */
export interface Problem extends AnyProblem {
  code: Code
}

/** A stretch of one line in a file; line and column count from 1, column and length in UTF-16 units as editors do. */
export interface Place {
  file: string
  line: number
  column: number
  length: number
}

/** A mistake as it is shown to people and programs. */
export interface Issue {
  code: Code
  message: string
  fix?: string | undefined
  place?: Place | undefined
  severity: "error" | "warning"
}
