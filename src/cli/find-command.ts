import { nearest } from "../core/suggest.ts"
import type { AnyCommand } from "./command.ts"
import { product } from "./product.ts"
import { UsageError } from "./usage-error.ts"

/** The command that a word names; a word that names none is a usage error. */
export function findCommand(word: string, commands: readonly AnyCommand[]): AnyCommand {
  const found = commands.find((command) => command.name === word)
  if (found) return found
  const isFlag = word.startsWith("-")
  const meant = nearest(word, isFlag ? ["--help", "--version"] : commands.map((command) => command.name))
  throw new UsageError(
    `Unknown ${isFlag ? "option" : "command"} ${JSON.stringify(word)}.`,
    meant && `Did you mean "${product.name} ${meant}"?`,
  )
}
