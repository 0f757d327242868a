/** Why Bellhop does not do what a test of the public suite for caches asks for; by the names of the tests. */
export const reasons: ReadonlyMap<string, string> = new Map()
