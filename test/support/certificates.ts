import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { type AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createServer, type TlsOptions } from "node:tls"

/** A certificate and its key, as PEM. */
export interface Certificate {
  readonly cert: string
  readonly key: string
}

/** A folder with an authority of its own, which signs what a test wants. */
export interface Authority extends Disposable {
  readonly ca: string
  signed(name: string, alternatives: string): Promise<Certificate>
  selfSigned(name: string, alternatives: string): Promise<Certificate>
}

/** Makes an authority for a test. */
export async function authority(): Promise<Authority> {
  const folder = mkdtempSync(join(tmpdir(), "bellhop-certificates-"))
  const file = (name: string): string => join(folder, name)
  const read = (name: string): string => readFileSync(file(name), "utf8")
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
  async function openssl(...args: string[]): Promise<void> {
    const child = Bun.spawn(["openssl", ...args], { cwd: folder, stdin: "ignore", stdout: "ignore", stderr: "pipe" })
    const said = await new Response(child.stderr).text()
    if ((await child.exited) !== 0) throw new Error(`openssl ${args[0]}: ${said}`)
  }
  const own = (name: string, subject: string, more: string[]): Promise<void> =>
    openssl(
      "req",
      "-x509",
      ...newKey,
      "-keyout",
      `${name}.key`,
      "-out",
      `${name}.pem`,
      "-subj",
      `/CN=${subject}`,
      "-days",
      "2",
      ...more,
    )

  let count = 0
  await own("ca", "Authority of a test", [])
  return {
    ca: read("ca.pem"),
    async signed(name, alternatives) {
      const at = `signed-${count++}`
      writeFileSync(file(`${at}.ext`), `subjectAltName=${alternatives}\n`)
      await openssl("req", ...newKey, "-keyout", `${at}.key`, "-out", `${at}.csr`, "-subj", `/CN=${name}`)
      const by = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"]
      await openssl(
        "x509",
        "-req",
        "-in",
        `${at}.csr`,
        ...by,
        "-out",
        `${at}.pem`,
        "-days",
        "2",
        "-extfile",
        `${at}.ext`,
      )
      return { cert: read(`${at}.pem`), key: read(`${at}.key`) }
    },
    async selfSigned(name, alternatives) {
      const at = `own-${count++}`
      await own(at, name, ["-addext", `subjectAltName=${alternatives}`])
      return { cert: read(`${at}.pem`), key: read(`${at}.key`) }
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** A service with TLS: says which server name it was asked for, and who asks. */
export async function tlsService(options: TlsOptions): Promise<Disposable & { port: number; requests: string[] }> {
  const requests: string[] = []
  const server = createServer(options, (socket) => {
    socket.on("error", () => {})
    socket.on("data", (bytes: Buffer) => {
      requests.push(bytes.toString("latin1"))
      const asked = `${String(socket.servername || "nobody")} for ${String(socket.getPeerCertificate().subject?.CN ?? "nobody")}`
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${asked.length}\r\n\r\n${asked}`)
    })
  })
  // A client that refuses the certificate is what some tests want to see.
  server.on("tlsClientError", () => {})
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  return { port, requests, [Symbol.dispose]: () => void server.close() }
}
