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
import { routes } from "./routes.ts"
import { start } from "./start.ts"
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
  openapi,
  types,
  keys,
  usage,
  cache,
  completion,
  help,
  version,
]
