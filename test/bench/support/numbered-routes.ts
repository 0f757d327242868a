/** How many requests differ, whatever the number of routes. */
const variety = 10_000

/** So many routes to the service "up", every other one with parameters. */
export function numberedRoutes(count: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, n) => [
      isPlain(n) ? `GET ${plain(n)}` : `GET ${withParameters(n, ":owner", ":item")}`,
      "up",
    ]),
  )
}

/** Paths that ask for all of these routes in turns, shuffled; one per line. */
export function pathsOf(count: number): string {
  const paths = Array.from({ length: variety }, (_, at) => {
    const n = at % count
    return isPlain(n) ? plain(n) : withParameters(n, String(at), `i${at * 7}`)
  })
  // 7,919 is prime: it meets each of them once, far from the one before.
  return Array.from(paths, (_, at) => `${paths[(at * 7919) % variety]}\n`).join("")
}

const isPlain = (n: number): boolean => n % 2 === 0
const plain = (n: number): string => `/api/v1/area-${n % 97}/list-${n}`
const withParameters = (n: number, owner: string, item: string): string =>
  `/api/v1/area-${n % 97}/owners-${n}/${owner}/items/${item}`
