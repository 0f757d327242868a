import type { CommandOffer, Offer } from "./offers.ts"

/** A script that teaches zsh to complete the commands, with what each is for. */
export const zsh = (name: string, commands: readonly CommandOffer[]): string => `#compdef ${name}
_${name}() {
  if ((CURRENT == 2)); then
    local -a commands
    commands=(
${commands.map((command) => `      ${quoted(`${command.name}:${command.about}`)}`).join("\n")}
    )
    _describe command commands
    return
  fi
  local command="\${words[2]}"
  shift words
  ((CURRENT--))
  case "$command" in
${commands.map(branch).join("\n")}
  esac
}
if [[ "\${funcstack[1]}" == "_${name}" ]]; then
  _${name} "$@"
else
  compdef _${name} ${name}
fi
`

function branch(command: CommandOffer): string {
  const specs = command.flags.map(({ long, short, about, value }) => {
    const equals = value ? "=" : ""
    const names = short ? `'(${short} ${long})'{${short},${long}${equals}}` : `${long}${equals}`
    return names + quoted(`[${escaped(about)}]${value ? `:${value.name}:${action(value.offer)}` : ""}`)
  })
  for (const { name, optional, many, offer } of command.args)
    specs.push(quoted(`${many ? "*:" : optional ? "::" : ":"}${name}:${action(offer)}`))
  return `    ${command.name})\n      _arguments -s \\\n${specs.map((spec) => `        ${spec}`).join(" \\\n")} ;;`
}

function action(offer: Offer): string {
  if (offer.kind === "words") return `(${offer.words.join(" ")})`
  if (offer.kind === "none") return " "
  return offer.kind === "file" ? "_files" : "_files -/"
}

const escaped = (text: string): string => text.replace(/[[\]:\\]/g, "\\$&")
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
