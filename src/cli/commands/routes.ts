import { type Choice, policiesOf, servicesOf } from "../../config/route.ts"
import type { Route } from "../../gateway/compile.ts"
import { columns } from "../columns.ts"
import { defineCommand } from "../command.ts"
import { exitCodes } from "../exit-codes.ts"
import { at, disclosed, literal } from "../explain/disclosed.ts"
import { config, json } from "../flags.ts"
import { type Opened, withConfig } from "../open-config.ts"
import { type Style, style } from "../style.ts"

/** Lists what a config answers. */
export const routes = defineCommand({
  name: "routes",
  about: "Lists the routes: what each answers, through which policies, from which services.",
  args: [],
  flags: { config, json },
  examples: [
    ["bellhop routes", "a table, in the order of the config"],
    ["bellhop routes --json", "the same for programs"],
  ],
  run(input) {
    const { flags, color, out } = input
    return withConfig<number>(input, flags.config, exitCodes.invalidConfig, (opened) => {
      const listed = opened.built.gateway.routes.flatMap((route) =>
        route.choices.map((choice) => list(route, choice, opened)),
      )
      if (flags.json) out(`${JSON.stringify(listed, null, 2)}\n`)
      else out(table(listed, style(color)))
      return exitCodes.ok
    })
  },
})

interface Listed {
  methods: readonly string[] | "any"
  host: string | null
  path: string
  when: unknown
  target: string
  services: readonly { name: string; mode: string }[]
  policies: readonly string[]
}

function list({ methods, host, pattern }: Route, choice: Choice, { built, value }: Opened): Listed {
  const { config, services } = built.gateway
  const { part } = choice.target
  return {
    methods: methods.length === 0 ? "any" : methods,
    host: host ?? null,
    path: pattern,
    when: disclosed(at(value, [...choice.path, "when"])) ?? null,
    target: part.name,
    services: servicesOf(choice, config).map((name) => ({ name, mode: services.get(name)?.mode ?? "" })),
    policies: policiesOf(choice, config).map(({ part: policy }) => policy.name),
  }
}

function table(listed: readonly Listed[], paint: Style): string {
  const head = ["METHODS", "PATH", "TARGET", "SERVICES", "POLICIES"].map(paint.dim)
  const rows = listed.map(({ methods, host, path, when, target, services, policies }) => [
    methods === "any" ? "any" : methods.join(","),
    `${paint.cyan(`${host ?? ""}${path}`)}${when === null ? "" : paint.dim(` when ${literal(when)}`)}`,
    target,
    services.map(({ name, mode }) => (mode === "real" ? name : `${name} ${paint.yellow(`(${mode})`)}`)).join(", "),
    paint.dim(policies.join(" ")),
  ])
  return columns([head, ...rows], { indent: 0 })
}
