/** A word that a command takes by its place. */
export interface Arg {
  /** How the help calls it; "file", "dir" and "command" are completed as such. */
  readonly name: string
  readonly about: string
  readonly optional?: true
  /** Takes this word and all that follow. */
  readonly many?: true
  /** The only words allowed. */
  readonly values?: readonly string[]
}

/** A choice that is made by its name; written `--like-this` for the key `likeThis`. */
export type Flag =
  | {
      readonly type: "boolean"
      readonly about: string
      readonly short?: string
      /** On unless `--no-…` is given. */
      readonly negatable?: true
    }
  | {
      readonly type: "string"
      /** What stands for the value in the help; FILE and DIR are completed as such. */
      readonly value: string
      readonly about: string
      readonly short?: string
      /** The only values allowed. */
      readonly values?: readonly string[]
    }
  | {
      /** A whole number, zero or more. */
      readonly type: "number"
      readonly value: string
      readonly about: string
      readonly short?: string
    }

/** The flags of a command by their key. */
export type Flags = Readonly<Record<string, Flag>>

type ArgValue<A extends Arg> = A extends { many: true }
  ? readonly string[]
  : A extends { values: readonly (infer V)[] }
    ? A extends { optional: true }
      ? V | undefined
      : V
    : A extends { optional: true }
      ? string | undefined
      : string

type FlagValue<F extends Flag> = F extends { type: "boolean" }
  ? boolean
  : F extends { values: readonly (infer V)[] }
    ? V | undefined
    : F extends { type: "number" }
      ? number | undefined
      : string | undefined

/** Where a command runs: its streams, its folder, its surroundings. */
export interface Io {
  /** Writes what was asked for. */
  out(text: string): void
  /** Writes what a person should know besides. */
  err(text: string): void
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly color: boolean
  /** True when a person watches. */
  readonly tty: boolean
  /** Columns to write in. */
  readonly width: number
}

/** What a command is given, as far as is known without its declaration. */
export interface AnyInput extends Io {
  readonly args: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly flags: Readonly<Record<string, boolean | string | number | undefined>>
  /** All commands, for those that speak about the others. */
  readonly commands: readonly AnyCommand[]
}

/** What a command is given: its own words, typed by its declaration, and where it runs. */
export interface Input<A extends readonly Arg[], F extends Flags> extends AnyInput {
  readonly args: { readonly [One in A[number] as One["name"]]: ArgValue<One> }
  readonly flags: { readonly [K in keyof F]: FlagValue<F[K]> }
}

/** One word after `bellhop`: what it takes, how it is explained and what it does. */
export interface AnyCommand {
  readonly name: string
  /** One sentence for the list of commands. */
  readonly about: string
  readonly args: readonly Arg[]
  readonly flags: Flags
  readonly examples: readonly (readonly [line: string, shows: string])[]
  /** Does it, and says how it ended: one of `exitCodes`. */
  run(input: AnyInput): number | Promise<number>
}

/** A command whose input is typed by what it declares. */
export interface Command<A extends readonly Arg[], F extends Flags> extends AnyCommand {
  readonly args: A
  readonly flags: F
  run(input: Input<A, F>): number | Promise<number>
}

/** Declares a command; its input is typed by its own arguments and flags. */
export const defineCommand = <const A extends readonly Arg[], const F extends Flags>(
  command: Command<A, F>,
): Command<A, F> => command

/** The key of a flag as it is typed in a shell. */
export const spelled = (key: string): string => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`

/** The spelling that the help and completion offer for a flag. */
export const offered = (key: string, flag: Flag): string =>
  flag.type === "boolean" && flag.negatable ? spelled(key).replace("--", "--no-") : spelled(key)
