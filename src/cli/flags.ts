/** Says which config to use. */
export const config = {
  type: "string",
  value: "FILE",
  short: "c",
  about: "The config to use, if it is not gateway.config.ts in this folder.",
} as const

/** Turns the output into something that a program reads. */
export const json = { type: "boolean", about: "Prints JSON, for programs." } as const
