import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

/** Journeys drive the executable, so it is built from the source as it is now. */
export default function setup(): void {
  const script = fileURLToPath(new URL("../.ci/build.ts", import.meta.url))
  const built = spawnSync(process.execPath, [script], { encoding: "utf8" })
  if (built.status !== 0) throw new Error(`Cannot build dist/bellhop:\n${built.stdout}${built.stderr}`)
}
