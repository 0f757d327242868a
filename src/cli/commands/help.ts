import { defineCommand } from "../command.ts"
import { exitCodes } from "../exit-codes.ts"
import { findCommand } from "../find-command.ts"
import { commandHelp, mainHelp } from "../help.ts"

/** Explains the commands. */
export const help = defineCommand({
  name: "help",
  about: "Shows help on Bellhop or on one of its commands.",
  args: [{ name: "command", about: "The command to explain.", optional: true }],
  flags: {},
  examples: [
    ["bellhop help", "all commands, options and exit codes"],
    ["bellhop help check", "all about one command"],
  ],
  run({ args, commands, color, width, out }) {
    const page = { color, width }
    const asked = args.command
    out(asked === undefined ? mainHelp(commands, page) : commandHelp(findCommand(asked, commands), page))
    return exitCodes.ok
  },
})
