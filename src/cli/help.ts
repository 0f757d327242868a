import { columns, wrap } from "./columns.ts"
import { type AnyCommand, type Arg, type Io, offered } from "./command.ts"
import { exitMeanings } from "./exit-codes.ts"
import { product } from "./product.ts"
import { type Style, style } from "./style.ts"

/** How help is laid out. */
export type Page = Pick<Io, "color" | "width">

/** What `bellhop` alone says: the commands, and where more is told. */
export function shortHelp(commands: readonly AnyCommand[], page: Page): string {
  const paint = style(page.color)
  return (
    `${paint.bold(product.name)} ${product.version}  ${paint.dim(product.about)}\n\n` +
    section("Usage", columns([[`${product.name} <command> [options]`]]), paint) +
    section("Commands", commandRows(commands, page, paint), paint) +
    `Try ${paint.cyan(`${product.name} init`)} to start, ${paint.cyan(`${product.name} help <command>`)} for more.\n`
  )
}

/** What `bellhop --help` says: everything that holds for all commands. */
export function mainHelp(commands: readonly AnyCommand[], page: Page): string {
  const paint = style(page.color)
  const rows = (pairs: readonly (readonly [string, string])[]): string =>
    columns(
      pairs.map(([left, right]) => [paint.cyan(left), right]),
      { width: page.width },
    )
  return (
    `${paint.bold(product.name)} ${product.version}  ${paint.dim(product.about)}\n\n` +
    section("Usage", columns([[`${product.name} <command> [options]`]]), paint) +
    section("Commands", commandRows(commands, page, paint), paint) +
    section(
      "Options",
      rows([
        ["-h, --help", "Shows help, after a command the help of that command."],
        ["-v, --version", "Shows the version."],
      ]),
      paint,
    ) +
    section(
      "Environment",
      rows([
        ["NO_COLOR", "Leaves colours out."],
        ["FORCE_COLOR", "Writes colours into files and pipes too."],
      ]),
      paint,
    ) +
    section("Exit codes", rows(exitMeanings.map(([code, meaning]) => [String(code).padStart(3), meaning])), paint) +
    `More on one command: ${paint.cyan(`${product.name} help <command>`)}\n`
  )
}

/** What `bellhop <command> --help` says. */
export function commandHelp(command: AnyCommand, page: Page): string {
  const paint = style(page.color)
  let text = `${paint.bold(`${product.name} ${command.name}`)}\n  ${wrap(command.about, page.width, 2)}\n\n`
  text += section("Usage", columns([[usageLine(command)]]), paint)
  if (command.args.length > 0) {
    const rows = command.args.map((arg) => [paint.cyan(arg.name), sentence(arg.about, arg.values)])
    text += section("Arguments", columns(rows, { width: page.width }), paint)
  }
  text += section("Options", columns(flagRows(command, paint), { width: page.width }), paint)
  const examples = command.examples.map(([line, shows]) => [paint.cyan(line), paint.dim(shows)])
  return text + section("Examples", columns(examples), paint).trimEnd() + "\n"
}

/** The shape of a command line: `bellhop init [dir] [options]`. */
export const usageLine = (command: AnyCommand): string =>
  [product.name, command.name, ...command.args.map(argWord), "[options]"].join(" ")

const argWord = (arg: Arg): string => {
  const word = arg.many ? `${arg.name}…` : arg.name
  return arg.optional ? `[${word}]` : `<${word}>`
}

const section = (title: string, body: string, paint: Style): string => `${paint.bold(title)}\n${body}\n`

const commandRows = (commands: readonly AnyCommand[], page: Page, paint: Style): string =>
  columns(
    commands.map((command) => [paint.cyan(command.name), command.about]),
    { width: page.width },
  )

const flagRows = (command: AnyCommand, paint: Style): string[][] => [
  ...Object.entries(command.flags).map(([key, flag]) => {
    const name = offered(key, flag)
    const short = flag.short ? `-${flag.short}, ` : "    "
    const value = flag.type === "boolean" ? "" : ` ${paint.dim(flag.value)}`
    return [
      `${paint.cyan(short + name)}${value}`,
      sentence(flag.about, flag.type === "string" ? flag.values : undefined),
    ]
  }),
  [paint.cyan("-h, --help"), "Shows this help."],
]

const sentence = (about: string, values: readonly string[] | undefined): string =>
  values ? `${about} One of ${values.join(", ")}.` : about
