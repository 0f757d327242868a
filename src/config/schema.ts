import { about, either, object, type Of, optional, printed, record } from "../core/schema.ts"
import { flag, integer, off, text } from "../core/values.ts"
import { service } from "../services/options.ts"

const pem = text({ expected: "a PEM file" })

/** Where clients reach the gateway. */
export const listen = object({
  port: about("The port; 0 takes any free one.", optional(integer(0, 65535), 8080)),
  host: about(
    'The address to listen on. Default: "127.0.0.1" under `bellhop dev`, "0.0.0.0" under `bellhop start`.',
    optional(text({ expected: "an address or a host name", pattern: /^[A-Za-z0-9.:_-]+$/ })),
  ),
  tls: about(
    "Serve https with this certificate.",
    optional(
      object({
        cert: about("File of the certificate chain, PEM.", pem),
        key: about("File of the private key, PEM.", pem),
      }),
    ),
  ),
  http2: about("Speak HTTP/2 on the same port: over TLS, or with prior knowledge.", optional(flag(), false)),
})

/** The listener for operators. */
export const admin = object({
  host: about(
    "The address to listen on.",
    optional(text({ expected: "an address", pattern: /^[A-Za-z0-9.:_-]+$/ }), "127.0.0.1"),
  ),
  port: about("The port; 0 takes any free one.", optional(integer(0, 65535), 9900)),
  token: about(
    "What callers must send as `Authorization: Bearer …`; required when the address is not loopback.",
    optional(text({ expected: "a token of at least 16 characters", pattern: /^[\x21-\x7e]{16,}$/ })),
  ),
})

/** The documentation that the gateway serves about its routes. */
export const docs = object({
  path: about(
    "Where the page is.",
    optional(text({ expected: 'a path such as "/docs"', pattern: /^\/[\w/.-]*[\w.-]$/ }), "/docs"),
  ),
  title: about("The name of the API.", optional(text(), "API")),
  version: about("The version of the API.", optional(text(), "1.0.0")),
  description: about("Markdown about the API.", optional(text())),
})

/** The keys of a config that are not routes. */
export const settings = object({
  listen: about("Where clients reach the gateway.", optional(listen)),
  admin: about(
    "The listener for operators: health, metrics, reload. `false` switches it off.",
    optional(either(admin, off())),
  ),
  docs: about(
    "The API documentation of the routes. On under `bellhop dev`; under `bellhop start` only when it stands here.",
    optional(either(docs, off())),
  ),
  services: about(
    "The services behind the gateway, by name.",
    optional(printed("{ readonly [K in S]: string | Secret | ServiceOptions }", record(service))),
  ),
})

/** The checked settings of a config. */
export type Settings = Of<typeof settings>
