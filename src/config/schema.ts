import { about, either, object, type Of, optional, printed, record } from "../core/schema.ts"
import { flag, integer, off, oneOf, text } from "../core/values.ts"
import { observeOption } from "../observe/observe-options.ts"
import { usageOption } from "../observe/usage-options.ts"
import { cacheSettings } from "../policies/cache/settings.ts"
import { plansOption } from "../policies/quota/plans.ts"
import { service } from "../services/options.ts"
import { storeOption } from "../stores/store-option.ts"
import { proxiesOption } from "./proxies-option.ts"

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

const refusable = (standard: "pass" | "refuse") => optional(oneOf("pass", "refuse"), standard)

/** How the paths of requests are read. */
const paths = object({
  doubleSlash: about(
    'What `//` is: "merge" reads it as one slash, "refuse" answers 400.',
    optional(oneOf("merge", "refuse"), "merge"),
  ),
  encodedSlash: about(
    'Whether `%2F` passes, as a letter of its segment that is no slash. "refuse" it where a service takes it for one.',
    refusable("pass"),
  ),
  encodedBackslash: about(
    "Whether `%5C` passes, as a letter of its segment. Some services take it for a slash.",
    refusable("refuse"),
  ),
  encodedPercent: about(
    'Whether `%25` passes. "refuse" it where something behind the gateway undoes escapes twice.',
    refusable("pass"),
  ),
  encodedDelimiters: about(
    'Whether `%3F` and `%23` pass. "refuse" them where a service takes them for the `?` or `#` that ends a path.',
    refusable("pass"),
  ),
  semicolon: about(
    'Whether `;` and `%3B` pass. "refuse" them where a service cuts off what follows one before it matches paths.',
    refusable("pass"),
  ),
  forward: about(
    'What a service gets: the path as the client "sent" it, or the "canonical" one that routes and policies went by.',
    optional(oneOf("sent", "canonical"), "sent"),
  ),
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
  proxies: about(
    "The proxies in front of the gateway, which say where requests come from. Without it nobody is believed: clients are who connects.",
    optional(proxiesOption),
  ),
  paths: about(
    "How paths of requests are read. Dot segments and backslashes are resolved before; NUL, controls and broken escapes are always refused.",
    optional(paths),
  ),
  admin: about(
    "The listener for operators: health, metrics, reload. `false` switches it off.",
    optional(either(admin, off())),
  ),
  docs: about(
    "The API documentation of the routes. On under `bellhop dev`; under `bellhop start` only when it stands here.",
    optional(either(docs, off())),
  ),
  store: about(
    'Where state lives that has to be remembered, such as answers by idempotency key. "memory": this process only; "sqlite": a file that survives restarts and is shared by the processes of a machine; "redis": a server that several machines share.',
    optional(storeOption, "memory"),
  ),
  cache: about("What the answers that the policy `cache` keeps may take.", optional(cacheSettings(storeOption))),
  plans: about(
    'What clients may use, by the name of their plan and by meter: { free: { requests: { limit: 1000, per: "day" } } }. The quota of a route holds them to it; a plan without limits only counts.',
    optional(plansOption),
  ),
  usage: about(
    "Keeps an account of what is used, for `bellhop usage` and for billing: per identity, key, tenant, route, plan and hour, of all routes with a quota; `true` for the standard one. It is written into the store within a second of the answer, so that a crash loses that second at most; with the memory store it ends with the process.",
    optional(usageOption),
  ),
  observe: about("How exchanges are watched: where they are told of, and what of them.", optional(observeOption)),
  services: about(
    "The services behind the gateway, by name.",
    optional(printed("{ readonly [K in S]: string | Secret | ServiceOptions }", record(service))),
  ),
})

/** The checked settings of a config. */
export type Settings = Of<typeof settings>
