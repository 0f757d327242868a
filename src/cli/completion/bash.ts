import type { CommandOffer, Offer } from "./offers.ts"

/** A script that teaches bash, from version 3.2 on, to complete the commands. */
export const bash = (name: string, commands: readonly CommandOffer[]): string => `# bash completion for ${name}
_${name}() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD - 1]}" words="" kind=""
  # bash makes a word of its own out of the "=" in --flag=value.
  if [[ $before == "=" ]]; then before="\${COMP_WORDS[COMP_CWORD - 2]}"; fi
  if [[ $word == "=" ]]; then word=""; fi
  if ((COMP_CWORD == 1)); then
    words="${[...commands.map((command) => command.name), "--help", "--version"].join(" ")}"
  else
    case "\${COMP_WORDS[1]} $before" in
${commands.flatMap(cases).join("\n")}
    esac
  fi
  if [[ $kind ]]; then
    local IFS=$'\\n'
    COMPREPLY=($(compgen "$kind" -- "$word"))
    compopt -o filenames 2>/dev/null
  else
    COMPREPLY=($(compgen -W "$words" -- "$word"))
  fi
}
complete -F _${name} ${name}
`

function cases(command: CommandOffer): string[] {
  const lines = command.flags.flatMap(({ long, short, value }) => {
    if (!value) return []
    const flags = short ? [long, short] : [long]
    return [`      ${flags.map((flag) => `"${command.name} ${flag}"`).join("|")}) ${fill(value.offer)} ;;`]
  })
  const flags = command.flags.map(({ long }) => long).join(" ")
  const places = command.args.map(({ offer }) => fill(offer)).filter((line) => line !== ":")
  const rest = places.length === 0 ? "" : `; if [[ $word != -* ]]; then ${places.join("; ")}; fi`
  return [...lines, `      "${command.name} "*) words="${flags}"${rest} ;;`]
}

function fill(offer: Offer): string {
  if (offer.kind === "words") return `words="${offer.words.join(" ")}"`
  if (offer.kind === "none") return ":"
  return offer.kind === "file" ? "kind=-f" : "kind=-d"
}
