import type { CommandOffer, Offer } from "./offers.ts"

/** A script that teaches fish to complete the commands, with what each is for. */
export function fish(name: string, commands: readonly CommandOffer[]): string {
  const lines = [`# fish completion for ${name}`, `complete -c ${name} -f`]
  const first = "-n __fish_use_subcommand"
  for (const { name: word, about } of commands)
    lines.push(`complete -c ${name} ${first} -a ${word} -d ${quoted(about)}`)
  lines.push(`complete -c ${name} ${first} -s h -l help -d 'Shows help.'`)
  lines.push(`complete -c ${name} ${first} -s v -l version -d 'Shows the version.'`)
  for (const command of commands) {
    const within = `complete -c ${name} -n '__fish_seen_subcommand_from ${command.name}'`
    for (const { long, short, about, value } of command.flags) {
      const names = `${short ? `-s ${short.slice(1)} ` : ""}-l ${long.slice(2)}`
      lines.push(`${within} ${names}${value ? ` -r ${action(value.offer)}` : ""} -d ${quoted(about)}`)
    }
    for (const { offer } of command.args) if (offer.kind !== "none") lines.push(`${within} ${action(offer)}`)
  }
  return `${lines.join("\n")}\n`
}

function action(offer: Offer): string {
  if (offer.kind === "words") return `-x -a '${offer.words.join(" ")}'`
  if (offer.kind === "none") return "-x"
  return offer.kind === "file" ? "-F" : "-x -a '(__fish_complete_directories)'"
}

const quoted = (text: string): string => `'${text.replace(/['\\]/g, "\\$&")}'`
