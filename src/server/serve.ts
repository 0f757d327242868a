import { dirname } from "node:path"

import { json } from "../config/report.ts"
import { type Watch, watch } from "../config/watch.ts"
import { Kept } from "../core/kept.ts"
import type { Log } from "../core/log.ts"
import type { Built } from "../gateway/build.ts"
import { Metrics } from "../observe/metrics.ts"
import { measureLag } from "../observe/metrics/process-metrics.ts"
import { type Admin, type AdminOptions, openAdmin } from "./admin.ts"
import { CannotListen, listen, type Listener, type Wanted, wantedFrom } from "./listen.ts"
import { Live } from "./live.ts"
import { metricFamilies } from "./metrics-text.ts"
import { type Reloaded, type Reloader, reloader } from "./reload.ts"

/** How a config is served. */
export interface ServeOptions {
  entry: string
  mode: "dev" | "start"
  log: Log
  types: boolean
  watch: boolean
  /** Whether exchanges are logged where the config says nothing about it. */
  logged?: boolean
  /** Instead of the port that the config names. */
  port: number | undefined
  /** Told of each reload that came to something. */
  told(reloaded: Reloaded): void
  /** Told once, when the first config is served. */
  listening(serving: Serving): void
}

/** A gateway that serves. */
export interface Serving {
  readonly live: Live
  readonly listener: Listener | undefined
  readonly admin: Admin | undefined
  /** Reloads now, whether or not anything is watched. */
  reload(): Promise<Reloaded>
  /** Takes no new connections, lets exchanges end, then settles; at once after the grace. */
  stop(grace: number): Promise<void>
}

// In dev a taken port is stepped over, but not without end.
const portSteps = 20

/** Loads a config, listens for it, and follows its changes. */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { entry, mode, log, types } = options
  const metrics = new Metrics()
  const live = new Live(log, metrics)
  const ignoreLag = measureLag(metrics)
  let listener: Listener | undefined
  let admin: Admin | undefined
  let watching: Watch | undefined

  /** Moves the listeners where the config wants them; throws, and changes nothing, when it cannot. */
  function move(built: Built): void {
    const { settings } = built.gateway.config
    built.observing.measure(() => metricFamilies(live, metrics))
    const wanted = {
      ...wantedFrom(settings, built.certificate, mode),
      ...(options.port === undefined ? {} : { port: options.port }),
    }
    const given =
      settings.admin === false ? undefined : { host: "127.0.0.1", port: 9900, token: undefined, ...settings.admin }
    const next = same(listener?.wanted, wanted) ? listener : open(wanted)
    try {
      if (!same(admin?.options, given)) moveAdmin(given)
    } catch (error) {
      if (next !== listener) next?.end()
      throw error
    }
    if (next === listener) return
    const before = listener
    listener = next
    // Connections to the old place end by themselves.
    void before?.stop()
  }

  function moveAdmin(given: AdminOptions | undefined): void {
    const before = admin
    const stays = before?.options.port === given?.port
    const open = (options: AdminOptions, first: number): Admin =>
      openStepping(first, (port) => openAdmin({ ...options, port }, ground), options)
    // The old one has to let go of the port before a new one can take it.
    if (stays) before?.stop()
    try {
      admin = given && open(given, stays ? (before?.port ?? given.port) : given.port)
    } catch (error) {
      if (stays && before) admin = open(before.options, before.port)
      throw error
    }
    if (!stays) before?.stop()
  }

  const open = (wanted: Wanted): Listener =>
    openStepping(
      // A port that was found free is kept for as long as any port will do.
      wanted.port === 0 && listener?.wanted.port === 0 ? listener.port : wanted.port,
      (port) => listen(live, log, { ...wanted, port }, port !== 0 && listener?.port === port),
      wanted,
    )

  function openStepping<T extends Listener | Admin>(port: number, at: (port: number) => T, wanted: unknown): T {
    let taken: CannotListen | undefined
    for (let step = 0; ; step++)
      try {
        const opened = at(port === 0 ? 0 : port + step)
        if (taken) log.warn(`${taken.message} Port ${opened.port} is used instead.`)
        // Compared with the config on each reload, so it is what was asked for, not what was free.
        return { ...opened, ...("wanted" in opened ? { wanted } : { options: wanted }) }
      } catch (error) {
        const goOn = mode === "dev" && error instanceof CannotListen && error.inUse && step < portSteps
        if (!goOn) throw error
        taken ??= error
      }
  }

  const changes: Reloader = reloader(
    live,
    { entry, log, kept: new Kept(), types, recorded: mode === "dev", logged: options.logged, metrics },
    metrics,
    move,
    look,
  )
  const ground = {
    live,
    metrics,
    reload,
    told: () => ({ mode, config: entry, url: listener?.url, docs: listener?.wanted.docsPath, reload: last }),
    issues: (reloaded: Reloaded) => ("issues" in reloaded ? json(reloaded.issues, dirname(entry)) : []),
  }

  let told: Reloaded | undefined
  let last: { at: number; reloaded: Reloaded } | undefined

  async function follow(asked: boolean): Promise<Reloaded> {
    const reloaded = await changes.reload(asked)
    watching?.cover(changes.files())
    // Taking back a save that was refused is worth a word, looking without a change is not.
    const worthTelling = asked || reloaded.outcome !== "unchanged" || reloaded.mended
    // Several may have asked for the same reload.
    if (!worthTelling || reloaded === told) return reloaded
    told = reloaded
    last = { at: Date.now(), reloaded }
    options.told(reloaded)
    if (reloaded.outcome === "applied" && reloaded.generation.number === 1) options.listening(serving)
    return reloaded
  }

  function reload(): Promise<Reloaded> {
    return follow(true)
  }

  function look(): void {
    follow(false).catch((error: unknown) => log.error("The reload failed.", error))
  }

  const serving: Serving = {
    live,
    get listener() {
      return listener
    },
    get admin() {
      return admin
    },
    reload,
    stop,
  }

  if (options.watch) {
    watching = watch(dirname(entry), look)
    watching.cover(changes.files())
  }
  await reload()

  return serving

  async function stop(grace: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const over = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, grace)
    })
    await watching?.close()
    live.stopping = true
    ignoreLag()
    await Promise.race([Promise.all([listener?.stop(), live.drained()]), over])
    clearTimeout(timer)
    await live.now?.built.usage?.flush()
    await live.now?.built.observing.flush()
    listener?.end()
    admin?.end()
    live.now?.end()
    live.now?.built.dispose()
  }
}

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)
