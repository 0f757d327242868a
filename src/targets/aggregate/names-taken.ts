// `({ cart, user: who }, request) => …`, also as a method or a function; what has defaults or patterns inside is left alone.
const shape = /^(?:async\b\s*)?(?:function\b\s*[\w$]*\s*|[\w$]+\s*)?\(\s*\{([^{}()=]*)\}\s*[,)]/

/** The names that a function takes out of its first argument, as far as its source says so plainly. */
export function namesTaken(run: (...given: never[]) => unknown): string[] {
  const [, inside = ""] = shape.exec(run.toString()) ?? []
  return inside
    .split(",")
    .map((one) => one.split(":", 1)[0]?.trim() ?? "")
    .filter((name) => name !== "" && !name.startsWith("...") && !name.startsWith("["))
    .map((name) => name.replace(/^(["'])(.*)\1$/, "$2"))
}
