const longest = 2000

/**
 * The path that a browser goes back to after a login, undefined when it could lead anywhere else: what begins with two
 * slashes, in any spelling that browsers take for one, is the name of another host.
 */
export function returnPath(given: string): string | undefined {
  if (given.length > longest || !/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(given)) return undefined
  const read = URL.parse(given, "http://here.invalid")
  return read?.origin === "http://here.invalid" ? given : undefined
}
