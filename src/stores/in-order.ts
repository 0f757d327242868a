/** What was found, in the order of its keys, which is the same in every store. */
export const inOrder = <T>(found: (readonly [key: string, value: T])[]): (readonly [key: string, value: T])[] =>
  found.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))
