import { defineCommand } from "../command.ts"
import { config, json } from "../flags.ts"
import { serveCommand } from "../serve-command.ts"

/** Serves while you develop. */
export const dev = defineCommand({
  name: "dev",
  about: "Serves the config while you develop: each save is checked and live at once.",
  args: [],
  flags: {
    config,
    port: {
      type: "number",
      value: "PORT",
      short: "p",
      about: "The port, instead of the one in the config; a taken one moves to the next.",
    },
    types: { type: "boolean", negatable: true, about: "Leaves out the type check: other mistakes are still found." },
    json,
  },
  examples: [
    ["bellhop dev", "the gateway.config.ts in this folder"],
    ["bellhop dev --port 3000", "on another port"],
    ["bellhop dev -c shop/gateway.config.ts", "a config somewhere else"],
  ],
  run: ({ flags, ...io }) =>
    serveCommand(io, {
      mode: "dev",
      config: flags.config,
      port: flags.port,
      types: flags.types,
      watch: true,
      json: flags.json,
      grace: 2_000,
    }),
})
