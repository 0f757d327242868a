import { createPrivateKey, X509Certificate } from "node:crypto"
import { readFileSync } from "node:fs"
import { resolve } from "node:path"

import type { Problem } from "../core/schema.ts"

/** A certificate chain and its private key, read and found to belong together. */
export interface Certificate {
  readonly cert: string
  readonly key: string
}

/** Reads the files of `listen.tls`; what cannot be served is a problem, not a listener that fails later. */
export function readCertificate(files: { cert: string; key: string }, root: string): Certificate | Problem {
  const problem = (name: "cert" | "key", message: string, fix: string): Problem => ({
    code: "E701",
    path: ["listen", "tls", name],
    message,
    fix,
  })
  const read: { cert?: string; key?: string } = {}
  for (const name of ["cert", "key"] as const)
    try {
      read[name] = readFileSync(resolve(root, files[name]), "utf8")
    } catch {
      return problem(
        name,
        `Cannot read the file "${files[name]}".`,
        "Correct the path (it starts at the folder of the config), or let this user read the file.",
      )
    }
  const { cert = "", key = "" } = read
  try {
    const parsed = new X509Certificate(cert)
    if (!parsed.checkPrivateKey(createPrivateKey(key)))
      return problem(
        "key",
        `The key in "${files.key}" does not belong to the certificate in "${files.cert}".`,
        "Give the key that the certificate was made with.",
      )
  } catch (error) {
    const about = error instanceof Error ? error.message : String(error)
    return problem(
      "cert",
      `Cannot use the certificate or key: ${about}.`,
      "Give a certificate chain and a private key in PEM, without a passphrase.",
    )
  }
  return { cert, key }
}
