import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"

import { printFields } from "../core/schema.ts"
import { mockTypes } from "../mocks/mock-types.ts"
import { authTypes } from "../policies/auth/asking.ts"
import { transformTypes } from "../policies/transform/transform-types.ts"
import { serviceOptions } from "../services/options.ts"
import { answerTypes } from "../targets/aggregate/answer-types.ts"
import { partFields } from "../targets/aggregate/part-options.ts"
import { policyFields, routeFields } from "./route.ts"
import { settings } from "./schema.ts"

const own = new Set(Object.keys(policyFields))
const routeOnly = Object.fromEntries(Object.entries(routeFields).filter(([name]) => !own.has(name)))

/** The types of the "bellhop" module, printed from the schemas that check a config at load. */
export const bellhopTypes =
  (): string => `// Written by bellhop. Run "bellhop types" to write it again; changes here are lost.

/** A length of time: "250ms", "30s", "5m", "1h" or "7d". */
export type Duration = \`\${number}\${"ms" | "s" | "m" | "h" | "d"}\`

/** An amount of data: "64kb" or "10mb". */
export type Size = \`\${number}\${"b" | "kb" | "mb" | "gb"}\`

/** A value from outside the config that is never printed; made by \`env()\`, \`file()\` and \`exec()\`. */
export interface Secret {
  readonly from: string
}

/** A value from the environment or a .env file; the config is refused while it is missing. */
export function env(name: string): Secret

/** A value from a file such as "/run/secrets/token"; the config is refused while it is missing. */
export function file(path: string): Secret

/**
 * What a program prints, such as the client of a vault; the config is refused while it fails. It is run without a shell
 * when the config is loaded, for "5s" at most, and \`every\` so often while it is served: another value is a change of the config.
 */
export function exec(command: readonly [program: string, ...given: string[]], options?: { timeout?: Duration; every?: Duration }): Secret

type Method = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS"

/** What is called: "service METHOD /path". */
export type Call<S extends string> = \`\${S} \${Method} /\${string}\`

${answerTypes}
/** What a handler is told beside the request. */
export interface HandlerExchange {
  /** The id of this exchange, as in answers and logs. */
  readonly id: string
  /** The address of the client. */
  readonly client: string
  /** What the \`:name\` and \`*\` of the route stand for. */
  readonly params: Readonly<Record<string, string>>
}

${transformTypes}
${authTypes}
export interface PartOptions<S extends string, P, N extends keyof P> {
${printFields(partFields, "  ")}}

export type Aggregate<S extends string, P> = { readonly [N in keyof P]: Call<S> | PartOptions<S, P, N> }

// Of an aggregate that is called for each item of a list, the list is all that the checker can tell.
type InnerAggregate<S extends string, P> = P extends string | number ? AnyAggregate<S> : Aggregate<S, P>
type AnyParts = { readonly [name: string]: unknown }
type AnyAggregate<S extends string> = { readonly [name: string]: Call<S> | PartOptions<S, AnyParts, ""> }

/** Rules around a route; \`false\` switches a default off. */
export interface Policies<S extends string, Q extends string = string> {
${printFields(policyFields, "  ")}}

export interface RouteOptions<S extends string, P, K = string, Q extends string = string> extends Policies<S, Q> {
${printFields(routeOnly, "  ")}}

/** Several ways to answer. Not called an array: for one of those, the checker shows mistakes at the route only. */
export interface Choices<S extends string, P, K = string, Q extends string = string> {
  readonly [index: number]: S | RouteOptions<S, P, K, Q>
  readonly length: number
}

/** The name of a service, one way to answer, or several tried in order by their \`when\`. */
export type Route<S extends string, P, K = string, Q extends string = string> = S | RouteOptions<S, P, K, Q> | Choices<S, P, K, Q>

export interface ServiceOptions {
${printFields(serviceOptions.fields ?? {}, "  ")}}

export interface GatewayConfig<S extends string, R, Q extends string = string> {
${printFields(settings.fields ?? {}, "  ")}  /** Policies that every route starts from. */
  defaults?: Policies<NoInfer<S>, NoInfer<Q>>
  /** What the gateway answers: "[METHOD[,METHOD]] [host]/path" → a service, or what happens there. In a path, \`:name\` is one segment, \`:name(\\\\d+)\` one that matches, \`*\` the rest. */
  routes: { readonly [K in keyof R]: Route<NoInfer<S>, R[K], NoInfer<keyof R>, NoInfer<Q>> }
}

/** Types a config: completion, hover text, and a red line under every name that points nowhere. */
export function defineGateway<const S extends string, const R, const Q extends string>(config: GatewayConfig<S, R, Q>): GatewayConfig<S, R, Q>

${mockTypes}`

// Apart from the rest, so that a project with types for its own runtime keeps those.
const globals = `// Written by bellhop. Run "bellhop types" to write it again; changes here are lost.

declare var process: { readonly env: Readonly<Record<string, string | undefined>>; cwd(): string }
`

const compilerOptions = {
  target: "esnext",
  module: "preserve",
  moduleResolution: "bundler",
  lib: ["esnext", "dom", "dom.iterable"],
  types: [],
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  resolveJsonModule: true,
  allowImportingTsExtensions: true,
  paths: { bellhop: ["./bellhop.d.ts"] },
}

/** The project that the type checker and the editor go by. */
export const projectFile = (entry: string): string =>
  `${JSON.stringify({ compilerOptions, files: ["./globals.d.ts", `../${entry}`], include: ["../mocks/**/*.ts"] }, null, 2)}\n`

/** The files under .bellhop/ and what they should contain. */
export const typeFiles = (root: string, entry = "gateway.config.ts"): Map<string, string> =>
  new Map([
    [join(root, ".bellhop/bellhop.d.ts"), bellhopTypes()],
    [join(root, ".bellhop/globals.d.ts"), globals],
    [join(root, ".bellhop/tsconfig.json"), projectFile(entry)],
  ])

/** Writes the types beside a config; files that are up to date are left alone. */
export function writeTypes(root: string, entry?: string): string[] {
  const written: string[] = []
  for (const [path, content] of typeFiles(root, entry)) {
    if (read(path) === content) continue
    mkdirSync(join(root, ".bellhop"), { recursive: true })
    // An editor must never read half a file.
    writeFileSync(`${path}.new`, content)
    renameSync(`${path}.new`, path)
    written.push(path)
  }
  return written
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return undefined
  }
}
