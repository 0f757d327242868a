import type { MockFormat } from "../format.ts"
import { binary } from "./binary.ts"
import { json } from "./json.ts"
import { script } from "./script.ts"
import { text } from "./text.ts"

/** The kinds of files that mocks may be. */
export const formats: readonly MockFormat[] = [json, script, text, binary]
