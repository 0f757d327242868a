interface Place<R> {
  readonly texts: Map<string, Place<R>>
  /** In the order of the config. */
  readonly patterns: { readonly source: string; readonly whole: RegExp; readonly next: Place<R> }[]
  parameter: Place<R> | undefined
  /** Whose `*` begins here. */
  rest: R | undefined
  /** Whose path ends before this place. */
  end: R | undefined
}

const place = <R>(): Place<R> => ({
  texts: new Map(),
  patterns: [],
  parameter: undefined,
  rest: undefined,
  end: undefined,
})

/** Does what Memoirist does, and knows patterns: they are tried after text and before parameters without one. */
export class PatternTree<R extends object> {
  readonly #root: Place<R> = place()

  add(_: string, shape: string, route: R): void {
    let at = this.#root
    for (const segment of shape.slice(1).split("/")) {
      if (segment === "*") {
        at.rest = route
        return
      }
      at = next(at, segment)
    }
    at.end = route
  }

  /** Each place is looked at once at most: a path costs no more than the routes have segments. */
  find(_: string, path: string): { store: R; params: Record<string, string> } | null {
    // Places that were left again leave values behind that the route which is found writes over or does not read.
    const params: Record<string, string> = {}
    const visit = (at: Place<R>, from: number, count: number): R | undefined => {
      if (from > path.length) return at.end
      const slash = path.indexOf("/", from)
      const end = slash < 0 ? path.length : slash
      const segment = path.slice(from, end)
      const text = at.texts.get(segment)
      const found = text && visit(text, end + 1, count)
      if (found) return found
      if (segment !== "") {
        for (const { whole, next: after } of at.patterns) {
          if (!whole.test(segment)) continue
          params[count] = segment
          const taken = visit(after, end + 1, count + 1)
          if (taken) return taken
        }
        if (at.parameter) {
          params[count] = segment
          const taken = visit(at.parameter, end + 1, count + 1)
          if (taken) return taken
        }
      }
      if (at.rest) params["*"] = path.slice(from)
      return at.rest
    }
    const store = visit(this.#root, 1, 0)
    return store ? { store, params } : null
  }
}

function next<R>(at: Place<R>, segment: string): Place<R> {
  if (!segment.startsWith(":")) {
    const found = at.texts.get(segment) ?? place()
    at.texts.set(segment, found)
    return found
  }
  const open = segment.indexOf("(")
  if (open < 0) return (at.parameter ??= place())
  const source = segment.slice(open + 1, -1)
  const known = at.patterns.find((one) => one.source === source)
  if (known) return known.next
  const made = { source, whole: new RegExp(`^(?:${source})$`), next: place<R>() }
  at.patterns.push(made)
  return made.next
}
