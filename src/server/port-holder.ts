import { readdirSync, readFileSync, readlinkSync } from "node:fs"

/** The process that listens on a TCP port, as far as this system and user may tell. */
export function holderOf(port: number): { pid: number; name: string } | undefined {
  if (process.platform !== "linux") return undefined
  const inodes = new Set(["/proc/net/tcp", "/proc/net/tcp6"].flatMap((table) => listeningInodes(table, port)))
  if (inodes.size === 0) return undefined
  for (const pid of entries("/proc").filter((name) => /^\d+$/.test(name)))
    for (const descriptor of entries(`/proc/${pid}/fd`)) {
      const [, inode = ""] = /^socket:\[(\d+)\]$/.exec(link(`/proc/${pid}/fd/${descriptor}`)) ?? []
      if (inodes.has(inode)) return { pid: Number(pid), name: read(`/proc/${pid}/comm`).trim() || "a program" }
    }
  return undefined
}

// Columns of /proc/net/tcp: local address in hex, state 0A is listening, the inode is the tenth.
const listeningInodes = (table: string, port: number): string[] =>
  read(table)
    .split("\n")
    .slice(1)
    .flatMap((line) => {
      const columns = line.trim().split(/\s+/)
      const local = columns[1]?.split(":")[1] ?? ""
      const inode = columns[9]
      return columns[3] === "0A" && Number.parseInt(local, 16) === port && inode !== undefined ? [inode] : []
    })

function read(path: string): string {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return ""
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ""
  }
}

function entries(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}
