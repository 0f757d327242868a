import type { AnyCommand } from "../command.ts"
import { cache } from "./cache.ts"
import { check } from "./check.ts"
import { completion } from "./completion.ts"
import { dev } from "./dev.ts"
import { explain } from "./explain.ts"
import { help } from "./help.ts"
import { init } from "./init.ts"
import { keys } from "./keys.ts"
import { openapi } from "./openapi.ts"
import { replay } from "./replay.ts"
import { routes } from "./routes.ts"
import { show } from "./show.ts"
import { start } from "./start.ts"
import { status } from "./status.ts"
import { tail } from "./tail.ts"
import { types } from "./types.ts"
import { usage } from "./usage.ts"
import { version } from "./version.ts"

/** All commands, in the order of the help. */
export const commands: readonly AnyCommand[] = [
  init,
  dev,
  start,
  check,
  routes,
  explain,
  status,
  tail,
  show,
  replay,
  openapi,
  types,
  keys,
  usage,
  cache,
  completion,
  help,
  version,
]
