import type { AnyCommand } from "../command.ts"
import { check } from "./check.ts"
import { completion } from "./completion.ts"
import { dev } from "./dev.ts"
import { explain } from "./explain.ts"
import { help } from "./help.ts"
import { init } from "./init.ts"
import { openapi } from "./openapi.ts"
import { routes } from "./routes.ts"
import { start } from "./start.ts"
import { types } from "./types.ts"
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
  completion,
  help,
  version,
]
