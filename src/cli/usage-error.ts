/** A command line that cannot be understood; ends with the exit code for usage, not with a stack. */
export class UsageError extends Error {
  /** One line on how it is done right. */
  readonly hint: string | undefined

  constructor(message: string, hint?: string) {
    super(message)
    this.name = "UsageError"
    this.hint = hint
  }
}
