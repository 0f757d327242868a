import { Secret, surroundings } from "./secret.ts"
import { duration } from "./units.ts"

// No secret is longer, and a command that prints for ever must not fill the memory.
const longest = 1024 * 1024

type Outcome = { readonly value: string } | { readonly failed: string }

/** A value that a command prints: asked for when the config is loaded, and again as often as the config says. */
export class CommandSecret extends Secret {
  /** How often the command runs again while the config is served. */
  readonly every: number | undefined
  /** Settles when the command has run for the first time, well or not. */
  readonly ran: Promise<void>
  readonly #run: () => { outcome: Promise<Outcome>; stop: () => void }
  readonly #stop: () => void
  #first: Outcome = { failed: "it has not ended yet" }

  constructor(command: readonly [string, ...string[]], timeout: number, every: number | undefined) {
    // The name of the program only: what follows it may be a secret, too.
    super(`exec(["${command[0]}"${command.length > 1 ? ", …" : ""}])`, () =>
      "value" in this.#first ? this.#first.value : undefined,
    )
    const { environment, folder } = surroundings()
    this.every = every
    this.#run = () => run(command, timeout, environment, folder)
    const { outcome, stop } = this.#run()
    this.#stop = stop
    this.ran = outcome.then((first) => void (this.#first = first))
  }

  override get absence() {
    return {
      code: "E505",
      why: "failed" in this.#first ? this.#first.failed : "it has no value",
      fix: "Run the command as this user in the folder of the config: it has to print the value and end with 0.",
    } as const
  }

  /** Runs the command once more: whether it prints something else now, or why it cannot be told. */
  async again(): Promise<boolean | string> {
    const now = await this.#run().outcome
    return "failed" in now ? now.failed : now.value !== this.reveal()
  }

  /** Nobody waits for the first run any more. */
  stop(): void {
    this.#stop()
  }
}

let begun: CommandSecret[] = []

/** Gathers the commands of a config while it is loaded: the list grows as the config calls `exec()`. */
export function gatherCommands(): readonly CommandSecret[] {
  begun = []
  return begun
}

/** Settles when all of them have run, each with a time of its own; they are stopped when nobody waits any more. */
export async function allRan(commands: readonly CommandSecret[], signal: AbortSignal | undefined): Promise<void> {
  const stop = (): void => commands.forEach((command) => command.stop())
  if (signal?.aborted) stop()
  signal?.addEventListener("abort", stop)
  await Promise.all(commands.map(({ ran }) => ran))
  signal?.removeEventListener("abort", stop)
}

/** A value that a program prints, such as the client of a vault: run without a shell when the config is loaded, and again `every` so often. */
export function exec(
  command: readonly [string, ...string[]],
  options: { timeout?: string; every?: string } = {},
): Secret {
  if (!Array.isArray(command) || command.length === 0 || command.some((word) => typeof word !== "string"))
    throw new TypeError(
      'exec() takes a program and what it is given, as a list of texts: exec(["vault", "kv", "get", …]).',
    )
  for (const name of Object.keys(options))
    if (name !== "timeout" && name !== "every")
      throw new TypeError(`exec() has no option "${name}": it has "timeout" and "every".`)
  const { timeout = "5s", every } = options
  const made = new CommandSecret(
    command,
    lengthOf("timeout", timeout),
    every === undefined ? undefined : lengthOf("every", every),
  )
  begun.push(made)
  return made
}

function lengthOf(option: string, text: string): number {
  return duration().parse(text, [], ({ message }) => {
    throw new TypeError(`The option "${option}" of exec(): ${message}`)
  })
}

function run(
  command: readonly [string, ...string[]],
  timeout: number,
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): { outcome: Promise<Outcome>; stop: () => void } {
  const { promise: outcome, resolve } = Promise.withResolvers<Outcome>()
  try {
    const child = Bun.spawn([...command], { cwd, env, stdin: "ignore", stdout: "pipe", stderr: "ignore" })
    const giveUp = (failed: string): void => {
      child.kill("SIGKILL")
      resolve({ failed })
    }
    const timer = setTimeout(() => giveUp("it took too long"), timeout)
    outcomeOf(child.stdout, child.exited, giveUp).then(resolve, () => giveUp("it could not be read"))
    void outcome.then(() => clearTimeout(timer))
    return { outcome, stop: () => giveUp("it was stopped") }
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT"
    resolve({ failed: missing ? "there is no such program" : "it cannot be run" })
    return { outcome, stop: () => undefined }
  }
}

async function outcomeOf(
  output: ReadableStream<Uint8Array>,
  exited: Promise<number>,
  giveUp: (failed: string) => void,
): Promise<Outcome> {
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of output) {
    size += piece.byteLength
    if (size > longest) giveUp("it prints more than a secret")
    else pieces.push(piece)
  }
  const code = await exited
  if (code !== 0) return { failed: `it ended with ${code}` }
  const value = Buffer.concat(pieces).toString("utf8").trim()
  return value === "" ? { failed: "it printed nothing" } : { value }
}
