import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, resolve } from "node:path"

import { describe } from "../../gateway/describe.ts"
import { openapiDocument } from "../../openapi/document.ts"
import { toYaml } from "../../openapi/yaml.ts"
import { defineCommand } from "../command.ts"
import { exitCodes } from "../exit-codes.ts"
import { config } from "../flags.ts"
import { withConfig } from "../open-config.ts"
import { style } from "../style.ts"

/** Describes the routes of a config to other programs. */
export const openapi = defineCommand({
  name: "openapi",
  about: "Prints the OpenAPI document of all routes.",
  args: [],
  flags: {
    config,
    yaml: { type: "boolean", about: "Writes YAML in place of JSON; a file that ends in .yaml gets it anyway." },
    out: { type: "string", value: "FILE", short: "o", about: "The file to write in place of the terminal." },
  },
  examples: [
    ["bellhop openapi", "the document as JSON"],
    ["bellhop openapi --out docs/api.yaml", "as YAML, into a file"],
  ],
  run(input) {
    const { flags, cwd, color, out, err } = input
    return withConfig<number>(input, flags.config, exitCodes.invalidConfig, ({ built }) => {
      const document = openapiDocument(describe(built))
      const yaml = flags.yaml || /\.ya?ml$/i.test(flags.out ?? "")
      const text = yaml ? toYaml(document) : `${JSON.stringify(document, null, 2)}\n`
      if (flags.out === undefined) out(text)
      else {
        const file = resolve(cwd, flags.out)
        mkdirSync(dirname(file), { recursive: true })
        writeFileSync(file, text)
        err(`${style(color).green("wrote")} ${flags.out}\n`)
      }
      return exitCodes.ok
    })
  },
})
