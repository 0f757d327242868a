import { defineCommand } from "../command.ts"
import { config, json } from "../flags.ts"
import { serveCommand } from "../serve-command.ts"

/** Serves in production. */
export const start = defineCommand({
  name: "start",
  about: "Serves the config in production: a broken one ends with 3, SIGHUP reloads, SIGTERM drains.",
  args: [],
  flags: {
    config,
    port: { type: "number", value: "PORT", short: "p", about: "The port, instead of the one in the config." },
    watch: { type: "boolean", about: "Reloads when files change, as dev does." },
    grace: {
      type: "number",
      value: "SECONDS",
      about: "How long exchanges may take to end after SIGTERM; 30 if not given.",
    },
    json,
  },
  examples: [
    ["bellhop start", "the gateway.config.ts in this folder"],
    ["bellhop start -c /etc/bellhop/gateway.config.ts --json", "as a service manager runs it"],
    ["bellhop start --watch", "with a config that a deployment replaces"],
  ],
  run: ({ flags, ...io }) =>
    serveCommand(io, {
      mode: "start",
      config: flags.config,
      port: flags.port,
      types: false,
      watch: flags.watch,
      json: flags.json,
      grace: (flags.grace ?? 30) * 1000,
    }),
})
