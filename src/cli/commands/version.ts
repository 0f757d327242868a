import { defineCommand } from "../command.ts"
import { exitCodes } from "../exit-codes.ts"
import { json } from "../flags.ts"
import { product } from "../product.ts"

/** Says which Bellhop this is. */
export const version = defineCommand({
  name: "version",
  about: "Shows the version of this executable.",
  args: [],
  flags: { json },
  examples: [
    ["bellhop version", "the version alone"],
    ["bellhop version --json", "with the runtime and the platform it was built for"],
  ],
  run({ flags, out }) {
    const { about: _, ...facts } = product
    out(flags.json ? `${JSON.stringify(facts, null, 2)}\n` : `${facts.name} ${facts.version}\n`)
    return exitCodes.ok
  },
})
