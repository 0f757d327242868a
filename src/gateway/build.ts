import { existsSync } from "node:fs"
import { basename, dirname, join, resolve } from "node:path"

import { check } from "../config/check.ts"
import type { Code } from "../config/codes.ts"
import { environment } from "../config/env-files.ts"
import { filesOf, readText } from "../config/files.ts"
import type { Issue, Place } from "../config/issue.ts"
import { load, type Loaded } from "../config/load.ts"
import { places } from "../config/places.ts"
import { refreshSecret } from "../config/refresh-secret.ts"
import { merge } from "../config/report.ts"
import { secretFiles, secretsIn } from "../config/secret-files.ts"
import { typeCheck } from "../config/type-check.ts"
import { writeTypes } from "../config/types.ts"
import { CommandSecret } from "../core/exec.ts"
import type { Kept } from "../core/kept.ts"
import type { Log } from "../core/log.ts"
import type { PartMetrics } from "../core/metrics.ts"
import type { Problem } from "../core/schema.ts"
import { countedMock } from "../mocks/counted.ts"
import { mockStats } from "../mocks/folder.ts"
import { accessLogWanted } from "../observe/access-log/options.ts"
import { keptUsage } from "../observe/kept-usage.ts"
import { Metrics } from "../observe/metrics.ts"
import { type Observing, observing } from "../observe/observing.ts"
import { recorderWanted } from "../observe/recorder/options.ts"
import type { UsageLedger } from "../observe/usage-ledger.ts"
import { keptCache } from "../policies/cache/kept-cache.ts"
import type { CacheRoom } from "../policies/cache/room.ts"
import { type KeptStore, keptStore } from "../stores/kept-store.ts"
import { type Certificate, readCertificate } from "./certificate.ts"
import { compile, type Gateway } from "./compile.ts"
import { gatherMocks, type Mocks } from "./gather-mocks.ts"

/** What building a config needs. */
export interface BuildOptions {
  entry: string
  log: Log
  kept: Kept
  /** Whether the embedded type checker runs too. */
  types: boolean
  /** Whether exchanges are recorded where the config says nothing about it. */
  recorded?: boolean | undefined
  /** Whether exchanges are logged where the config says nothing about it. */
  logged?: boolean | undefined
  /** Where parts count what they do; without it, for nobody. */
  metrics?: PartMetrics | undefined
  /** Gives up what is no longer wanted; the outcome is then worth nothing. */
  signal?: AbortSignal | undefined
  /** Told while the config is served that the command of a secret prints something else. */
  secretChanged?: (() => void) | undefined
}

/** A config that was loaded, checked and compiled, ready to be served. */
export interface Built {
  /** The config as it is written: secrets still have their names, durations their units. */
  readonly value: unknown
  readonly gateway: Gateway
  readonly store: KeptStore
  /** What gathers usage, where the config asks for an account of it. */
  readonly usage: UsageLedger | undefined
  /** Who watches its exchanges. */
  readonly observing: Observing
  /** What is kept of answers. */
  readonly cache: CacheRoom
  readonly mocks: Mocks
  readonly certificate: Certificate | undefined
  /** To be called once it is served: begins what runs beside the exchanges, drops kept values of others; gives how to end it. */
  begin(): () => void
  /** Stops what the config's own code began. */
  dispose(): void
}

/** The outcome of building: issues, and a gateway unless one of them is an error. */
export interface Outcome {
  readonly built: Built | undefined
  readonly issues: readonly Issue[]
  /** The files that the config is made of: its modules. */
  readonly files: readonly string[]
  /** Files that only building it has found: certificates, secrets, what mocks are made of. */
  readonly besides: readonly string[]
}

const warnings = new Set<string>(["E308", "E504", "E604", "E704"])

/** Loads, checks and compiles a config; nothing that is served changes. */
export async function build(options: BuildOptions): Promise<Outcome> {
  const { entry, log, types, signal } = options
  const root = dirname(entry)
  const checking = types ? checkTypes(entry, root, signal) : Promise.resolve([])
  const files = filesOf(entry)
  const loaded = await load(entry, { log, environment: environment(root), signal })
  if (Array.isArray(loaded)) return { built: undefined, issues: await explained(loaded, checking), files, besides: [] }
  const made = await compiled(loaded, options, root)
  const typed = (await checking).filter(({ place }) => !(place && made.explained.has(placeText(place))))
  const issues = merge(made.issues, typed)
  const { besides } = made
  if (made.built && !issues.some((issue) => issue.severity === "error"))
    return { built: made.built, issues, files, besides }
  loaded.dispose()
  return { built: undefined, issues, files, besides }
}

// A file that does not parse has type errors at the same places: the loader says it better.
async function explained(issues: Issue[], checking: Promise<Issue[]>): Promise<Issue[]> {
  if (issues.some(({ code }) => code === "E101" || code === "E107" || code === "E109")) return issues
  return merge(issues, await checking)
}

async function checkTypes(entry: string, root: string, signal: AbortSignal | undefined): Promise<Issue[]> {
  // A config that is not there has an error of its own, and no folder to write into.
  if (!existsSync(entry)) return []
  try {
    writeTypes(root, basename(entry))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return [
      {
        code: "E901",
        severity: "warning",
        message: `The types are not checked: cannot write .bellhop/ (${reason}).`,
        fix: "Let this user write there, or leave the type check out with --no-types.",
      },
    ]
  }
  return typeCheck(join(root, ".bellhop/tsconfig.json"), { signal })
}

async function compiled(loaded: Loaded, options: BuildOptions, root: string) {
  const { entry, log, kept, secretChanged } = options
  const { config, problems } = check(loaded.value)
  const source = places(entry, readText)
  const issues = problems.map((problem) => placed(problem, source))
  const explained = new Set(problems.flatMap((problem) => above(problem, source)))
  for (const { place, first, path } of source.duplicates())
    issues.push({
      code: "E403",
      severity: "error",
      message: `"${path.at(-1)}" is there twice: the one in line ${first.line} is lost.`,
      fix: "Keep one of them.",
      place,
    })
  const { keep, settle } = kept.generation()
  const mocks = await gatherMocks(config, root, { keep, importModule: loaded.importModule })
  issues.push(...mocks.issues.map((issue) => ("path" in issue ? placed(issue, source) : issue)))
  const tls = config.settings?.listen?.tls
  const certificate = tls && readCertificate(tls, root)
  if (certificate && "path" in certificate) issues.push(placed(certificate, source))
  const chosen = config.settings?.store
  const unusable = chosen?.part.problem?.(chosen.options, root)
  if (unusable) issues.push(placed({ code: "E703", path: ["store"], ...unusable }, source))
  const listed = new Set(mockStats(join(root, "mocks")).map(([file]) => file))
  const besides = [
    ...secretFiles(loaded.value),
    ...(tls ? [resolve(root, tls.cert), resolve(root, tls.key)] : []),
    ...filesOf(mocks.files).filter((file) => !listed.has(file)),
  ]
  if (issues.some((issue) => issue.severity === "error")) return { built: undefined, issues, besides, explained }
  const beginnings: (() => () => void)[] = []
  const whenServed = (begin: () => () => void): void => void beginnings.push(begin)
  const metrics = options.metrics ?? new Metrics()
  const store = keptStore(config.settings.store, { keep, whenServed, log, root, metrics })
  const usage = keptUsage(config.settings.usage, chosen.part.name === "memory", { keep, store, whenServed, log })
  const secretNames = new Set<string>()
  const watched = observing(
    config.settings.observe,
    { keep, whenServed, log, root, metrics },
    recorderWanted(config.settings, options.recorded === true),
    accessLogWanted(config.settings, options.logged === true),
    secretNames,
  )
  const beside = config.settings.cache?.store
  const cacheStore = beside && keptStore(beside, { keep, whenServed, log, root, metrics })
  const cache = keptCache(config.settings.cache, cacheStore, { keep, whenServed, log })
  const gateway = compile(
    config,
    {
      keep,
      store,
      plans: config.settings.plans ?? new Map(),
      usage,
      watch: watched.watch,
      metrics,
      hides: (name) => void secretNames.add(name.toLowerCase()),
      whenServed,
      log,
      root,
      mocks: (service, source) => countedMock(mocks.handler(service, source), service, source, metrics),
      mock: (given) => countedMock(mocks.mock(given), "", "mock", metrics),
    },
    loaded.value,
  )
  if (secretChanged)
    for (const secret of secretsIn(loaded.value))
      if (secret instanceof CommandSecret && secret.every !== undefined) {
        const { every } = secret
        whenServed(() => refreshSecret(secret, every, log, secretChanged))
      }
  const built: Built = {
    value: loaded.value,
    gateway,
    store,
    usage,
    cache,
    observing: watched,
    mocks,
    certificate: certificate && "cert" in certificate ? certificate : undefined,
    begin() {
      settle()
      const ends = beginnings.map((begin) => begin())
      return () => ends.forEach((end) => end())
    },
    dispose: () => loaded.dispose(),
  }
  return { built, issues, besides, explained }
}

// The type checker shows some mistakes at the key of the whole route; the problem knows the very value.
function above({ code, path }: Problem, source: ReturnType<typeof places>): string[] {
  if (warnings.has(code)) return []
  return path.flatMap((_, depth) => {
    const place = source.find(path.slice(0, depth + 1), "key")
    return place ? [placeText(place)] : []
  })
}

const placeText = ({ file, line, column }: Place): string => `${line}:${column}:${file}`

function placed(problem: Problem, source: ReturnType<typeof places>): Issue {
  const { code, path, on, message, fix } = problem
  return {
    code: code as Code,
    severity: warnings.has(code) ? "warning" : "error",
    message,
    fix,
    place: source.find(path, on ?? "value"),
  }
}
