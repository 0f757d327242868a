import { exitCodes } from "./exit-codes.ts"

const reasons: Readonly<Record<string, string>> = {
  EACCES: "it is not permitted. Change the permissions, or use another place",
  EPERM: "it is not permitted. Change the permissions, or use another place",
  EROFS: "the disk is read-only. Use another place",
}
const ports = new Set(["EADDRINUSE", "EADDRNOTAVAIL"])

/** What the operating system refused, in words and as an exit code; undefined for errors of other kinds. */
export function refusal(error: unknown): { text: string; code: number } | undefined {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return undefined
  const reason = reasons[error.code]
  const code = reason || ports.has(error.code) ? exitCodes.portOrPermission : exitCodes.failure
  if (!reason || !("path" in error) || typeof error.path !== "string") return { text: error.message, code }
  return { text: `Cannot use "${error.path}": ${reason} (${error.code}).`, code }
}
