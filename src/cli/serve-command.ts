import { readText } from "../config/files.ts"
import { json, text } from "../config/report.ts"
import { streamLog } from "../core/log.ts"
import { CannotListen } from "../server/listen.ts"
import type { Reloaded } from "../server/reload.ts"
import { serve, type Serving } from "../server/serve.ts"
import { isUp } from "../services/service.ts"
import { tellRunning, untellRunning } from "./admin/running-file.ts"
import { banner, reloadLine } from "./banner.ts"
import type { Io } from "./command.ts"
import { configPlace } from "./config-place.ts"
import { exitCodes } from "./exit-codes.ts"
import { keysPressed } from "./keys-pressed.ts"
import { style } from "./style.ts"

/** What `dev` and `start` differ in. */
export interface Serve {
  mode: "dev" | "start"
  config: string | undefined
  port: number | undefined
  types: boolean
  watch: boolean
  json: boolean
  /** How long exchanges may take to end once the process is asked to stop. */
  grace: number
}

/** Serves a config until the process is asked to stop; the exit code says how it went. */
export async function serveCommand(io: Io, options: Serve): Promise<number> {
  const { mode } = options
  const paint = style(io.color)
  const place = configPlace(io.cwd, options.config)
  const tell = (text: string): void => io.err(text)
  let announced = false
  let refused: string | undefined

  const report = (reloaded: Reloaded): void => {
    const issues = "issues" in reloaded ? reloaded.issues : []
    const shown = (): string => `\n${text(issues, { root: place.root, read: readText, color: io.color })}\n\n`
    refused = reloaded.outcome === "refused" ? shown() : undefined
    if (options.json) {
      const { outcome } = reloaded
      const generation = outcome === "applied" ? reloaded.generation.number : reloaded.serving
      io.out(`${JSON.stringify({ event: "reload", outcome, generation, issues: json(issues, place.root) })}\n`)
      return
    }
    if (issues.length > 0) tell(shown())
    if (announced || reloaded.outcome === "refused") tell(reloadLine(reloaded, io.color))
  }

  async function announce(serving: Serving, took: number): Promise<void> {
    const services = [...(serving.live.now?.built.gateway.services.values() ?? [])]
    const states = new Map(
      await Promise.all(services.map(async (service) => [service.name, await isUp(service)] as const)),
    )
    io.out(banner(serving, { mode, took, color: io.color, config: place.name, states }))
    if (unkey) io.out(paint.dim("  press ? for keys\n\n"))
  }

  let ended: Promise<number> | undefined
  const obey = (serving: Serving): Promise<number> => {
    // A terminal that is closed takes its gateway with it; to those without one it means: reload.
    const hungUp = (): void =>
      mode === "dev" && io.tty ? void process.kill(process.pid, "SIGTERM") : void serving.reload()
    if (!ended) process.on("SIGHUP", hungUp)
    ended ??= stopped(serving, options, tell)
    return ended
  }

  // So that other terminals find it; in production a config's folder is not written to.
  const tellWhere = ({ admin }: Serving): void => {
    if (mode === "dev" && admin) tellRunning({ pid: process.pid, config: place.file, admin: admin.url })
  }

  let unkey: (() => void) | undefined
  const listenForKeys = (serving: Serving): void => {
    const stop = (): void => void process.kill(process.pid, "SIGINT")
    if (mode === "dev" && !options.json) unkey ??= keysPressed({ io, serving, refused: () => refused, stop })
  }

  let serving: Serving | undefined
  try {
    serving = await serve({
      entry: place.file,
      mode,
      log: streamLog(options.json || !io.tty),
      types: options.types,
      watch: options.watch,
      logged: mode === "dev" && io.tty && !options.json,
      port: options.port,
      told(reloaded) {
        report(reloaded)
        if (reloaded.outcome !== "applied") return
        announced = true
        // It may have moved.
        if (serving) tellWhere(serving)
      },
      listening(serving) {
        // Since the process began: what a person waits for includes the start of the executable.
        const took = performance.now()
        // Whoever is told that it is ready may send a signal at once.
        void obey(serving)
        tellWhere(serving)
        listenForKeys(serving)
        if (options.json)
          io.out(`${JSON.stringify({ event: "ready", url: serving.listener?.url, admin: serving.admin?.url, took })}\n`)
        else void announce(serving, took)
      },
    })
  } catch (error) {
    if (!(error instanceof CannotListen)) throw error
    tell(`${paint.red("error")} ${error.message}\n`)
    return exitCodes.portOrPermission
  }
  if (serving.live.now === undefined && mode === "start") {
    await serving.stop(0)
    return exitCodes.invalidConfig
  }
  listenForKeys(serving)
  try {
    return await obey(serving)
  } finally {
    unkey?.()
    if (mode === "dev") untellRunning(place.file)
  }
}

/** Settles when the process was asked to stop and everything under way has ended; asked twice, at once. */
function stopped(serving: Serving, { grace }: Serve, tell: (text: string) => void): Promise<number> {
  return new Promise((resolve) => {
    let asked = false
    const stop = (signal: "SIGINT" | "SIGTERM"): void => {
      // A person who asks once more does not want to wait.
      if (asked) return resolve(signal === "SIGINT" ? 130 : exitCodes.failure)
      asked = true
      tell("\nstopping: exchanges under way may end; ask once more to stop at once\n")
      serving.stop(grace).then(
        () => resolve(exitCodes.ok),
        () => resolve(exitCodes.failure),
      )
    }
    process.on("SIGINT", () => stop("SIGINT"))
    process.on("SIGTERM", () => stop("SIGTERM"))
  })
}
