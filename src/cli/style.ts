const escapes = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  cyan: [36, 39],
} as const

/** Dresses a text for the terminal, or leaves it as it is. */
export type Style = Readonly<Record<keyof typeof escapes, (text: string) => string>>

const dressed = (on: number, off: number) => (text: string) => (text === "" ? "" : `\u001b[${on}m${text}\u001b[${off}m`)
const plain = (text: string): string => text

const build = (color: boolean): Style =>
  Object.fromEntries(
    Object.entries(escapes).map(([name, [on, off]]) => [name, color ? dressed(on, off) : plain]),
  ) as unknown as Style

const coloured = build(true)
const uncoloured = build(false)

/** The colours of one output. */
export const style = (color: boolean): Style => (color ? coloured : uncoloured)

/** Whether a stream gets colours: FORCE_COLOR first, then NO_COLOR, then what the stream is. */
export function wantsColor(env: Readonly<Record<string, string | undefined>>, tty: boolean): boolean {
  const forced = env["FORCE_COLOR"]
  if (forced !== undefined && forced !== "") return forced !== "0" && forced !== "false"
  if (env["NO_COLOR"]) return false
  return tty && env["TERM"] !== "dumb"
}
