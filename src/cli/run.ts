import type { AnyCommand, Io } from "./command.ts"
import { commands as shelf } from "./commands/index.ts"
import { exitCodes } from "./exit-codes.ts"
import { findCommand } from "./find-command.ts"
import { commandHelp, mainHelp, shortHelp } from "./help.ts"
import { parse } from "./parse.ts"
import { product } from "./product.ts"
import { refusal } from "./refusal.ts"
import { style } from "./style.ts"
import { UsageError } from "./usage-error.ts"

/** Runs one command line and says with which code the process should end. */
export async function run(argv: readonly string[], io: Io, commands: readonly AnyCommand[] = shelf): Promise<number> {
  const [first, ...words] = argv
  try {
    if (first === undefined) return say(io, shortHelp(commands, io))
    if (first === "--help" || first === "-h") return say(io, mainHelp(commands, io))
    if (first === "--version" || first === "-v") return say(io, `${product.name} ${product.version}\n`)
    const command = findCommand(first, commands)
    if (asksForHelp(words)) return say(io, commandHelp(command, io))
    const input = { ...io, ...parse(command, words), commands }
    return await command.run(input)
  } catch (error) {
    return explainEnd(error, first, io, commands)
  }
}

function say(io: Io, text: string): number {
  io.out(text)
  return exitCodes.ok
}

function asksForHelp(words: readonly string[]): boolean {
  const end = words.indexOf("--")
  return (end < 0 ? words : words.slice(0, end)).some((word) => word === "--help" || word === "-h")
}

/** Says why a command line came to nothing, and with which code that ends. */
function explainEnd(error: unknown, first: string | undefined, io: Io, commands: readonly AnyCommand[]): number {
  const paint = style(io.color)
  const title = paint.red("error")
  if (error instanceof UsageError) {
    const known = commands.some((command) => command.name === first)
    const help = known ? `${product.name} ${first} --help` : `${product.name} --help`
    io.err(`${title} ${error.message}${error.hint ? ` ${error.hint}` : ""}\n${paint.dim(`See: ${help}`)}\n`)
    return exitCodes.usage
  }
  const refused = refusal(error)
  // Anything but a refusal by the system is a fault of ours, and its place helps to mend it.
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  io.err(`${title} ${refused?.text ?? text}\n`)
  return refused?.code ?? exitCodes.failure
}
