import { canonicalPath } from "./canonical-path.ts"

/** What a config may choose about paths; what is left out is as the standard has it. */
export interface PathChoices {
  readonly doubleSlash?: "merge" | "refuse" | undefined
  readonly encodedSlash?: "pass" | "refuse" | undefined
  readonly encodedBackslash?: "pass" | "refuse" | undefined
  readonly encodedPercent?: "pass" | "refuse" | undefined
  readonly encodedDelimiters?: "pass" | "refuse" | undefined
  readonly semicolon?: "pass" | "refuse" | undefined
  readonly forward?: "sent" | "canonical" | undefined
}

/** How the paths of one config are read. */
export interface PathRules {
  /** The path that routing and every rule go by; undefined when it is refused. */
  readonly canonical: (raw: string) => string | undefined
  /** Services get the canonical path, in place of what the client sent. */
  readonly forwardsCanonical: boolean
  /** What a client is told whose path is refused. */
  readonly advice: string
}

const refusals = [
  { name: "doubleSlash", pattern: "//", word: "doubled slashes" },
  { name: "encodedSlash", pattern: "%2f", word: "escaped slashes" },
  { name: "encodedPercent", pattern: "%25", word: "escaped percent signs" },
  { name: "encodedDelimiters", pattern: "%3f|%23", word: "escaped question marks or number signs" },
  { name: "semicolon", pattern: ";|%3b", word: "semicolons" },
] as const

/** Makes the choices of a config into one function; a request pays only for what is refused beside the standard. */
export function pathRules(choices: PathChoices = {}): PathRules {
  const refused = refusals.filter(({ name }) => choices[name] === "refuse")
  const read =
    choices.encodedBackslash === "pass" ? (raw: string): string | undefined => canonicalPath(raw, true) : canonicalPath
  const any = new RegExp(refused.map(({ pattern }) => pattern).join("|"), "i")
  const words = ["dot segments", "controls", "backslashes", ...refused.map(({ word }) => word)]
  return {
    canonical: refused.length === 0 ? read : (raw) => (any.test(raw) ? undefined : read(raw)),
    forwardsCanonical: choices.forward === "canonical",
    advice: `Send a path without ${words.join(", ")} or broken escapes.`,
  }
}

/** How paths are read where no config says otherwise. */
export const standardPaths: PathRules = pathRules()
