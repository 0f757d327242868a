import { readFileSync } from "node:fs"
import { resolve } from "node:path"

/** Why a secret has no value, under which code, and what to do. */
export interface Absence {
  readonly code: "E501" | "E502" | "E505"
  readonly why: string
  readonly fix: string
}

/** A value that comes from outside the config file and is never printed. */
export class Secret {
  readonly from: string
  /** Where it is read from, if that is a file. */
  readonly file: string | undefined
  readonly #read: () => string | undefined

  constructor(from: string, read: () => string | undefined, file?: string) {
    this.from = from
    this.file = file
    this.#read = read
  }

  /** What is said when there is no value. */
  get absence(): Absence {
    return this.file === undefined
      ? {
          code: "E501",
          why: "the variable is not set, or empty",
          fix: "Set the variable, or add it to a .env file beside the config.",
        }
      : {
          code: "E502",
          why: "there is no such file, it is empty, or it may not be read",
          fix: "Create the file or correct its path.",
        }
  }

  /** The value now; undefined when there is none. */
  reveal(): string | undefined {
    return this.#read()
  }

  // A secret glued into a text would be printed with it, or silently become the text of its own name.
  [Symbol.toPrimitive](): never {
    throw new TypeError(`Cannot put ${this.from} inside another text: give it as the whole value of an option.`)
  }

  toJSON(): string {
    return `[${this.from}]`
  }
}

let environment: Readonly<Record<string, string | undefined>> = process.env
let folder = "."

/** Names the variables that `env()` reads from now on, and the folder that `file()` starts from: those of the config being loaded. */
export function useSurroundings(variables: Readonly<Record<string, string | undefined>>, root: string): void {
  environment = variables
  folder = root
}

/** The variables and the folder of the config being loaded. */
export const surroundings = (): { environment: typeof environment; folder: string } => ({ environment, folder })

/** A value from the environment; a config that names an absent one is refused. */
export function env(name: string): Secret {
  // Read at once: a later config may come with other variables.
  const value = Object.hasOwn(environment, name) ? environment[name] : undefined
  return new Secret(`env("${name}")`, () => (value === "" ? undefined : value))
}

/** A value from a file such as `/run/secrets/token`, without the line end that editors add; an empty file has none. */
export function file(path: string): Secret {
  const place = resolve(folder, path)
  const read = (): string | undefined => {
    try {
      return readFileSync(place, "utf8").replace(/\r?\n$/, "") || undefined
    } catch {
      return undefined
    }
  }
  return new Secret(`file("${path}")`, read, place)
}
