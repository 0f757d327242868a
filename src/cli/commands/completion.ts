import { defineCommand } from "../command.ts"
import { bash } from "../completion/bash.ts"
import { fish } from "../completion/fish.ts"
import { offers } from "../completion/offers.ts"
import { zsh } from "../completion/zsh.ts"
import { exitCodes } from "../exit-codes.ts"
import { product } from "../product.ts"

const shells = { bash, zsh, fish }

/** Prints a script that completes these very commands. */
export const completion = defineCommand({
  name: "completion",
  about: "Prints a script that teaches your shell to complete commands and options.",
  args: [{ name: "shell", about: "The shell that will read the script.", values: ["bash", "zsh", "fish"] }],
  flags: {},
  examples: [
    ["bellhop completion bash > ~/.local/share/bash-completion/completions/bellhop", "for bash"],
    ['bellhop completion zsh > "${fpath[1]}/_bellhop"', "for zsh"],
    ["bellhop completion fish > ~/.config/fish/completions/bellhop.fish", "for fish"],
  ],
  run({ args, commands, out }) {
    out(shells[args.shell](product.name, offers(commands)))
    return exitCodes.ok
  },
})
