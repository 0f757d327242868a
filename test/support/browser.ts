import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** A tab of a browser. */
export interface Page {
  /** Opens an address, as if it was typed, and waits until the page is there. */
  open(url: string): Promise<void>
  /** Does something on the page that leads to another one, and waits for that. */
  leave(script: string): Promise<void>
  /** The outcome of a script on the page; it may be a promise. */
  run<T>(script: string): Promise<T>
  readonly url: () => Promise<string>
  readonly text: () => Promise<string>
  cookies(): Promise<readonly BrowserCookie[]>
  /** Drops all cookies, of every tab. */
  forget(): Promise<void>
  /** The first address from here on that begins like this, even if it only leads elsewhere. */
  passed(start: string): Promise<string>
  setCookie(cookie: Pick<BrowserCookie, "name" | "value"> & { readonly url: string }): Promise<void>
}

/** A cookie as the browser keeps it. */
export interface BrowserCookie {
  readonly name: string
  readonly value: string
  readonly httpOnly: boolean
  readonly secure: boolean
  readonly sameSite?: string
}

/** A browser with a profile of its own. */
export interface Browser extends AsyncDisposable {
  /** A new tab; all of them share their cookies. */
  page(): Promise<Page>
}

/** Where Debian has it. */
const program = "/usr/bin/chromium"

const flags = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--mute-audio",
  "--remote-debugging-port=0",
  // Nothing but loopback: a page that wants fonts from elsewhere would wait for the network.
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]

/** Starts Chromium without a window, and drives it by its DevTools protocol. */
export async function browser(): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), "bellhop-browser-"))
  const child = Bun.spawn([program, ...flags, `--user-data-dir=${profile}`, "about:blank"], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  })
  const end = async (): Promise<void> => {
    child.kill("SIGKILL")
    await child.exited
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    const connection = await connect(await addressIn(child.stderr))
    return {
      async page() {
        const { targetId } = await connection.send("Target.createTarget", { url: "about:blank" })
        const { sessionId } = await connection.send("Target.attachToTarget", { targetId, flatten: true })
        return pageOf(connection, String(sessionId))
      },
      async [Symbol.asyncDispose]() {
        // Killed, it would leave processes behind that still write into its profile.
        await connection.send("Browser.close")
        await child.exited
        connection.close()
        await end()
      },
    }
  } catch (error) {
    await end()
    throw error
  }
}

async function addressIn(stderr: ReadableStream<Uint8Array>): Promise<string> {
  let said = ""
  const reader = stderr.pipeThrough(new TextDecoderStream() as never).getReader() as ReadableStreamDefaultReader<string>
  for (;;) {
    const { value, done } = await reader.read()
    if (done) throw new Error(`Chromium ended: ${said}`)
    said += value
    const address = /DevTools listening on (ws:\S+)/.exec(said)?.[1]
    if (address === undefined) continue
    // What it says from now on is read so that it never waits for somebody to do so.
    void (async () => {
      while (!(await reader.read()).done);
    })()
    return address
  }
}

type Values = Readonly<Record<string, unknown>>

interface Connection {
  send(method: string, parameters?: Values, session?: string): Promise<Values>
  /** Settles with the next event of this name in a tab. */
  event(method: string, session: string, fits?: (values: Values) => boolean): Promise<Values>
  close(): void
}

interface Message {
  readonly id?: number
  readonly method?: string
  readonly sessionId?: string
  readonly params?: Values
  readonly result?: Values
  readonly error?: { readonly message: string }
}

async function connect(address: string): Promise<Connection> {
  const socket = new WebSocket(address)
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve, { once: true })
    socket.addEventListener("error", () => reject(new Error("Chromium cannot be reached.")), { once: true })
  })
  const asked = new Map<number, { resolve: (values: Values) => void; reject: (error: Error) => void }>()
  const awaited: {
    method: string
    session: string
    fits: (values: Values) => boolean
    resolve: (values: Values) => void
  }[] = []
  let count = 0
  socket.addEventListener("message", ({ data }) => {
    const { id, method, sessionId, params = {}, result = {}, error } = JSON.parse(String(data)) as Message
    const question = id === undefined ? undefined : asked.get(id)
    if (id !== undefined) asked.delete(id)
    if (error) question?.reject(new Error(error.message))
    else question?.resolve(result)
    const at = awaited.findIndex((one) => one.method === method && one.session === sessionId && one.fits(params))
    if (at >= 0) awaited.splice(at, 1)[0]?.resolve(params)
  })
  socket.addEventListener("close", () => {
    for (const { reject } of asked.values()) reject(new Error("Chromium has hung up."))
  })
  return {
    send: (method, parameters = {}, sessionId) =>
      new Promise((resolve, reject) => {
        const id = ++count
        asked.set(id, { resolve, reject })
        socket.send(JSON.stringify({ id, method, params: parameters, ...(sessionId && { sessionId }) }))
      }),
    event: (method, session, fits = () => true) =>
      new Promise((resolve) => awaited.push({ method, session, fits, resolve })),
    close: () => socket.close(),
  }
}

async function pageOf(connection: Connection, session: string): Promise<Page> {
  const send = (method: string, parameters?: Values): Promise<Values> => connection.send(method, parameters, session)
  await send("Page.enable")
  await send("Network.enable")

  async function run<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = (await send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
      userGesture: true,
    })) as { result: { value: T }; exceptionDetails?: { text: string; exception?: { description?: string } } }
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
    return result.value
  }

  async function loaded(begin: () => Promise<unknown>): Promise<void> {
    const there = connection.event("Page.loadEventFired", session)
    await begin()
    await there
  }

  return {
    run,
    open: (url) =>
      loaded(async () => {
        const { errorText } = await send("Page.navigate", { url })
        if (errorText !== undefined) throw new Error(`${url}: ${String(errorText)}`)
      }),
    leave: (script) => loaded(() => run(`void setTimeout(() => { ${script} })`)),
    url: () => run("location.href"),
    text: () => run("document.documentElement.innerText"),
    async cookies() {
      return (await send("Storage.getCookies")).cookies as readonly BrowserCookie[]
    },
    async forget() {
      await send("Storage.clearCookies")
    },
    async passed(start) {
      const urlOf = ({ request }: Values): string => (request as { url: string }).url
      return urlOf(
        await connection.event("Network.requestWillBeSent", session, (asked) => urlOf(asked).startsWith(start)),
      )
    },
    async setCookie(cookie) {
      await send("Network.setCookie", cookie)
    },
  }
}
