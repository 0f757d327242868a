import { type Folder, folder, type Running, serving } from "./executable.ts"

/** A gateway that serves a config of its own, until it is disposed of. */
export interface Gateway extends Running {
  readonly url: string
  readonly admin: string
  readonly folder: Folder
}

/** Serves a config on free ports: a value that is written as JSON, or the source of the object. */
export async function gateway(
  config: string | Readonly<Record<string, unknown>>,
  {
    files = {},
    ...options
  }: { files?: Readonly<Record<string, string>> } & NonNullable<Parameters<typeof serving>[1]> = {},
): Promise<Gateway> {
  const source = typeof config === "string" ? config : JSON.stringify(config, undefined, 2)
  const made = folder({ "gateway.config.ts": configSource(source), ...files })
  try {
    const running = await serving(made.path, { command: "start", ...options })
    const end = running[Symbol.asyncDispose].bind(running)
    return Object.assign(running, {
      folder: made,
      async [Symbol.asyncDispose]() {
        await end()
        made[Symbol.dispose]()
      },
    })
  } catch (error) {
    made[Symbol.dispose]()
    throw error
  }
}

/** The text of a config file: this object, on free ports of loopback unless it says otherwise. */
export const configSource = (object: string): string => `import { defineGateway, env, exec, file } from "bellhop"

export default defineGateway({
  listen: { host: "127.0.0.1", port: 0 },
  admin: { port: 0 },
  ...${object},
})
`
