/** What amounts of usage are told apart by, beside their hour and their meter. */
export interface UsageOf {
  /** What the quota goes by, where a function of the config says so. */
  readonly subject: string | undefined
  /** Who asked; nothing for those who have not said who they are. */
  readonly identity: string | undefined
  /** The id of the key, or whatever else was shown. */
  readonly key: string | undefined
  readonly tenant: string | undefined
  readonly route: string
  readonly plan: string | undefined
}

/** The account of who used how much of what. */
export interface Usage {
  /** Whether the bytes of answers are to be counted too, whatever the plans say. */
  readonly bytes: boolean
  /** The line of the account for these; worth keeping, where the same ones come again. */
  line(of: UsageOf): string
  /** Adds to a line, once something was served: written down within a second. */
  add(line: string, meter: string, amount: number): void
}
