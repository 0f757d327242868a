import type { Reply } from "../../../core/reply.ts"
import { HeaderList } from "../../../http/header-list.ts"

/** Sends a browser elsewhere, with GET; no cache keeps that. */
export const redirectTo = (location: string): Reply => ({
  status: 303,
  headers: new HeaderList(["location", location, "cache-control", "no-store"]),
  body: null,
})

/**
 * A page that leads to a path of this origin. After a redirect browsers still count the site that led here as the one
 * that asks, and send no "strict" cookies; the page asks anew.
 */
export function pageTo(path: string): Reply {
  const quoted = path.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;")
  return {
    status: 200,
    headers: HeaderList.of({
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    }),
    body: `<!doctype html><meta http-equiv="refresh" content="0;url=${quoted}"><a href="${quoted}">Go on</a>\n`,
  }
}
