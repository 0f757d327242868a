import { type AnyCommand, type Arg, type Flag, offered } from "../command.ts"

/** What may stand in one place of a command line, as a shell completes it. */
export type Offer = { kind: "words"; words: readonly string[] } | { kind: "file" } | { kind: "dir" } | { kind: "none" }

/** A flag as a shell completes it. */
export interface FlagOffer {
  long: string
  short: string | undefined
  about: string
  /** What follows the flag; undefined when it takes no value. */
  value: { name: string; offer: Offer } | undefined
}

/** A command as a shell completes it. */
export interface CommandOffer {
  name: string
  about: string
  flags: readonly FlagOffer[]
  args: readonly { name: string; optional: boolean; many: boolean; offer: Offer }[]
}

/** Everything that a shell may complete, read off the shelf of commands. */
export const offers = (commands: readonly AnyCommand[]): CommandOffer[] =>
  commands.map((command) => ({
    name: command.name,
    about: command.about,
    flags: [
      ...Object.entries(command.flags).map(([key, flag]) => flagOffer(key, flag)),
      { long: "--help", short: "-h", about: "Shows this help.", value: undefined },
    ],
    args: command.args.map((arg) => ({
      name: arg.name,
      optional: arg.optional === true,
      many: arg.many === true,
      offer: argOffer(arg, commands),
    })),
  }))

const flagOffer = (key: string, flag: Flag): FlagOffer => ({
  long: offered(key, flag),
  short: flag.short && `-${flag.short}`,
  about: flag.about,
  value:
    flag.type === "boolean"
      ? undefined
      : { name: flag.value, offer: offerFor(flag.value, flag.type === "string" ? flag.values : undefined) },
})

const argOffer = (arg: Arg, commands: readonly AnyCommand[]): Offer =>
  offerFor(arg.name, arg.name === "command" ? commands.map((command) => command.name) : arg.values)

function offerFor(name: string, values: readonly string[] | undefined): Offer {
  if (values) return { kind: "words", words: values }
  const word = name.toLowerCase()
  return { kind: word === "file" || word === "dir" ? word : "none" }
}
