/** One base URL of a service. */
export interface Upstream {
  /** As the config gives it, for messages. */
  readonly url: string
  readonly origin: string
  /** What stands before every path, without a slash at its end. */
  readonly basePath: string
}

/** An upstream out of a checked URL. */
export function upstream(url: string): Upstream {
  const { origin, pathname } = new URL(url)
  return { url, origin, basePath: pathname.replace(/\/+$/, "") }
}
