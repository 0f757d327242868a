import { loading } from "./codes/loading.ts"
import { mocks } from "./codes/mocks.ts"
import { options } from "./codes/options.ts"
import { routes } from "./codes/routes.ts"
import { surroundings } from "./codes/surroundings.ts"
import { targets } from "./codes/targets.ts"

/** What `bellhop explain` tells about one kind of mistake. */
export interface CodeEntry {
  title: string
  /** What it means and why it is refused. */
  about: string
  /** How to mend it. */
  fix: string
  example?: { bad: string; good: string }
}

/** Every kind of mistake that Bellhop finds in a config, under its stable code. */
export const codes = {
  ...loading,
  ...options,
  ...targets,
  ...routes,
  ...surroundings,
  ...mocks,
} as const satisfies Record<`E${number}`, CodeEntry>

export type Code = keyof typeof codes

/** Whether a text is the code of a known mistake. */
export function isCode(text: string): text is Code {
  return Object.hasOwn(codes, text)
}
