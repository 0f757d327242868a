import { spawnSync } from "node:child_process"

import { defineCommand } from "../../../src/cli/command.ts"
import { commands } from "../../../src/cli/commands/index.ts"
import { offers } from "../../../src/cli/completion/offers.ts"

/** Commands with every kind of thing that can be completed. */
export const fleet = offers([
  ...commands,
  defineCommand({
    name: "sail",
    about: "Sails where 'the wind' [blows]: it's a $HOME of \"its\" own.",
    args: [{ name: "dir", about: "Where to.", optional: true }],
    flags: {
      flag: {
        type: "string",
        value: "COLOUR",
        about: "The flag: [red] or 'white'.",
        short: "f",
        values: ["red", "rosy", "white"],
      },
      config: { type: "string", value: "FILE", about: "The config.", short: "c" },
      name: { type: "string", value: "NAME", about: "Any name." },
      wind: { type: "boolean", about: "Without wind.", negatable: true },
    },
    examples: [],
    run: () => 0,
  }),
])

/** Runs a script in a shell; undefined when that shell is not here. */
export function inShell(
  shell: string,
  args: readonly string[],
  cwd?: string,
): { status: number | null; out: string; err: string } | undefined {
  const { error, status, stdout, stderr } = spawnSync(shell, args, { encoding: "utf8", cwd })
  return error ? undefined : { status, out: stdout, err: stderr }
}

/** Whether a shell can be started here. */
export const has = (shell: string): boolean => inShell(shell, ["-c", "true"])?.status === 0
