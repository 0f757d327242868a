/** Where the gateway says what an operator should know; one line each, never the content of an exchange. */
export interface Log {
  info(message: string): void
  warn(message: string): void
  error(message: string, error?: unknown): void
}

// An attacker's bytes in a log line could forge lines or drive the reader's terminal.
const printable = (message: string): string =>
  message.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g,
    (letter) => `\\x${letter.charCodeAt(0).toString(16).padStart(2, "0")}`,
  )

/** A log on the standard error stream: plain lines for people, JSON lines for machines. */
export function streamLog(
  json: boolean,
  write: (line: string) => void = (line) => void process.stderr.write(line),
): Log {
  const say = (level: string, message: string, error?: unknown): void => {
    const stack =
      error instanceof Error ? (error.stack ?? error.message) : error === undefined ? undefined : String(error)
    if (json) write(`${JSON.stringify({ time: new Date().toISOString(), level, message, error: stack })}\n`)
    else write(`${printable(stack === undefined ? `${level}: ${message}` : `${level}: ${message}\n${stack}`)}\n`)
  }
  return {
    info: (message) => say("info", message),
    warn: (message) => say("warn", message),
    error: (message, error) => say("error", message, error),
  }
}
