/** Where the gateway says what an operator should know; one line each, never the content of an exchange. */
export interface Log {
  info(message: string): void
  warn(message: string): void
  error(message: string, error?: unknown): void
}

/** A text with its controls escaped: an attacker's bytes could forge lines, drive a terminal or turn its text around. */
export const printable = (line: string): string =>
  // oxlint-disable-next-line no-control-regex
  line.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (letter) => {
    const code = letter.charCodeAt(0).toString(16)
    return code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, "0")}`
  })

// The lines of a stack may hold anything that was thrown: set in, they cannot pass for lines of the log.
const setIn = (stack: string): string =>
  stack
    .split("\n")
    .map((line) => `  ${printable(line)}\n`)
    .join("")

/** A log on the standard error stream: plain lines for people, JSON lines for machines. */
export function streamLog(
  json: boolean,
  write: (line: string) => void = (line) => void process.stderr.write(line),
): Log {
  const say = (level: string, message: string, error?: unknown): void => {
    const stack =
      error instanceof Error ? (error.stack ?? error.message) : error === undefined ? undefined : String(error)
    if (json) write(`${JSON.stringify({ time: new Date().toISOString(), level, message, error: stack })}\n`)
    else write(`${level}: ${printable(message)}\n${stack === undefined ? "" : setIn(stack)}`)
  }
  return {
    info: (message) => say("info", message),
    warn: (message) => say("warn", message),
    error: (message, error) => say("error", message, error),
  }
}
