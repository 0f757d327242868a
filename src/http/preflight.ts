import type { HeaderList } from "./header-list.ts"

/** The method that a browser asks for before it sends the request itself; undefined where this is no such question. */
export const preflightMethod = (method: string, headers: HeaderList): string | undefined =>
  method === "OPTIONS" && headers.has("origin") ? headers.get("access-control-request-method") : undefined
