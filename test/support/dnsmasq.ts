import { join } from "node:path"

import { folder } from "./executable.ts"
import { freePort } from "./upstream.ts"

/** A real DNS server on loopback. */
export interface Dnsmasq extends AsyncDisposable {
  /** As a config names it. */
  readonly server: string
  /** From now on these are the addresses of names in the zone `.test`, line by line as in a hosts file. */
  hosts(lines: readonly string[]): Promise<void>
}

/** Starts dnsmasq with these addresses and options; it answers for the zone `.test` and knows of no other server. */
export async function dnsmasq(lines: readonly string[], options: readonly string[] = []): Promise<Dnsmasq> {
  const files = folder({ hosts: `${lines.join("\n")}\n`, none: "" })
  for (let attempt = 0; ; attempt++) {
    const port = await freePort()
    const child = Bun.spawn(
      [
        Bun.which("dnsmasq", { PATH: `${process.env.PATH}:/usr/sbin` }) ?? "dnsmasq",
        "--no-daemon",
        `--conf-file=${join(files.path, "none")}`,
        "--no-resolv",
        "--no-hosts",
        `--addn-hosts=${join(files.path, "hosts")}`,
        "--listen-address=127.0.0.1",
        "--bind-interfaces",
        `--port=${port}`,
        "--local=/test/",
        "--local-ttl=1",
        "--pid-file=",
        // Whom root starts becomes somebody who cannot read the files, unless it is told to stay.
        ...(process.getuid?.() === 0 ? ["--user=root"] : []),
        ...options,
      ],
      { stdin: "ignore", stdout: "ignore", stderr: "pipe" },
    )
    const said = follow(child.stderr)
    // It names the file once it has read it: from then on its answers are these.
    if (await said(/read .*hosts/)) {
      return {
        server: `127.0.0.1:${port}`,
        async hosts(next) {
          files.write("hosts", `${next.join("\n")}\n`)
          child.kill("SIGHUP")
          await said(/read .*hosts/)
        },
        async [Symbol.asyncDispose]() {
          child.kill("SIGKILL")
          await child.exited
          files[Symbol.dispose]()
        },
      }
    }
    // Somebody took the port between the look and the start.
    if (attempt === 3) throw new Error("dnsmasq does not start.")
  }
}

/** Settles with true once a line comes that fits, none of those before; with false when there will be none. */
function follow(stream: ReadableStream<Uint8Array>): (fits: RegExp) => Promise<boolean> {
  const waiting: { fits: RegExp; resolve: (found: boolean) => void }[] = []
  const unseen: string[] = []
  let ended = false
  const settle = (): void => {
    for (;;) {
      const [next] = waiting
      const at = next ? unseen.findIndex((line) => next.fits.test(line)) : -1
      if (!next || (at < 0 && !ended)) return
      if (at >= 0) unseen.splice(0, at + 1)
      waiting.shift()
      next.resolve(at >= 0)
    }
  }
  void (async () => {
    let rest = ""
    const decoder = new TextDecoder()
    for await (const chunk of stream) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n")
      rest = lines.pop() ?? ""
      unseen.push(...lines)
      settle()
    }
    ended = true
    settle()
  })()
  return (fits) =>
    new Promise((resolve) => {
      waiting.push({ fits, resolve })
      settle()
    })
}
