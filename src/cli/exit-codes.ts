/** What a command tells the shell, a script or a service manager about how it ended. */
export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  invalidConfig: 3,
  portOrPermission: 4,
  contract: 5,
} as const

/** One of the codes that a command ends with. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** The codes as the help lists them. */
export const exitMeanings: readonly (readonly [code: number, meaning: string])[] = [
  [exitCodes.ok, "all is well"],
  [exitCodes.failure, "failed while running"],
  [exitCodes.usage, "the command line is wrong"],
  [exitCodes.invalidConfig, "the config is not valid"],
  [exitCodes.portOrPermission, "a port is taken, or a permission is missing"],
  [exitCodes.contract, "something is out of date or breaks its contract"],
  [130, "interrupted"],
]
