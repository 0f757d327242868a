import { about, isObject, listOf, object, optional } from "../../core/schema.ts"
import { duration } from "../../core/units.ts"
import { oneOf, text } from "../../core/values.ts"
import { urlOf } from "../address.ts"
import { defineSource } from "../source.ts"
import type { UpstreamOptions } from "../upstream.ts"
import { endpoint, get, jsonIn } from "./endpoint.ts"
import { repeat } from "./repeat.ts"

// A registry that answers a waiting question at once, again and again, is not to be asked without a pause.
const pause = 500
const longestWait = 10 * 60_000

/** Finds the upstreams that Consul holds for healthy, and hears of changes as they happen. */
export const consul = defineSource({
  name: "consul",
  about: "Consul names the instances of a service that pass its checks; changes are heard of at once.",
  subject: "service",
  options: object({
    service: about("The name of the service in Consul.", text({ expected: "a name", pattern: /^[\x21-\x7e]+$/ })),
    url: about(
      "Where Consul answers: its agent on this machine, as a rule.",
      optional(endpoint, "http://127.0.0.1:8500"),
    ),
    token: about("The ACL token.", optional(text({ expected: "a token", pattern: /^[\x21-\x7e]+$/ }))),
    datacenter: about(
      "The datacenter. Default: that of the agent.",
      optional(text({ expected: "a name", pattern: /^[\w-]+$/ })),
    ),
    tags: about("Only instances that have all of these.", optional(listOf(text()))),
    scheme: about("How the upstreams are spoken to.", optional(oneOf("http", "https"), "http")),
    wait: about(
      "How long one question waits for a change; Consul ends it after ten minutes.",
      optional(duration(), "5m"),
    ),
    timeout: about("How long an answer may take beyond the wait.", optional(duration(), "10s")),
  }),
  create: (options) => ({
    start(found, failed) {
      const { token, scheme, timeout } = options
      const wait = Math.min(options.wait, longestWait)
      const headers = new Map(token === undefined ? [] : [["x-consul-token", token]])
      let index = 0
      return repeat(async (signal) => {
        const started = performance.now()
        // Consul waits a sixteenth longer than asked, so that not all questions end at once.
        const patience = index === 0 ? timeout : wait + wait / 16 + timeout
        try {
          const answer = await get(question(options, index, wait), headers, patience, signal)
          found(instances(jsonIn(answer), scheme))
          index = nextIndex(index, answer.headers.get("x-consul-index"))
        } catch (error) {
          // After a failure the first question is to be answered at once, not on the next change.
          index = 0
          throw error
        }
        return Math.max(0, started + pause - performance.now())
      }, failed)
    },
  }),
})

interface Asked {
  readonly service: string
  readonly url: string
  readonly datacenter: string | undefined
  readonly tags: readonly string[] | undefined
}

function question({ service, url, datacenter, tags }: Asked, index: number, wait: number): URL {
  const at = new URL(url)
  at.pathname = `${at.pathname.replace(/\/+$/, "")}/v1/health/service/${encodeURIComponent(service)}`
  at.searchParams.set("passing", "true")
  if (datacenter !== undefined) at.searchParams.set("dc", datacenter)
  for (const tag of tags ?? []) at.searchParams.append("tag", tag)
  if (index > 0) {
    at.searchParams.set("index", String(index))
    at.searchParams.set("wait", `${Math.ceil(wait / 1000)}s`)
  }
  return at
}

/** Blocking queries, as Consul documents them: start anew when the index goes backwards, and never wait on one below 1. */
function nextIndex(before: number, told: string | undefined): number {
  const next = Number(told ?? 0)
  return !Number.isSafeInteger(next) || next < before ? 0 : Math.max(next, 1)
}

function instances(value: unknown, scheme: string): readonly UpstreamOptions[] {
  if (!Array.isArray(value)) throw new Error("its answer is no list of instances")
  return value.map((one: unknown, index): UpstreamOptions => {
    const service = field(one, "Service")
    // An instance that registers no address of its own is where its node is.
    const address = field(service, "Address") || field(field(one, "Node"), "Address")
    const port = field(service, "Port")
    const weight = field(field(service, "Weights"), "Passing")
    if (typeof address !== "string" || typeof port !== "number")
      throw new Error(`instance ${index + 1} of its answer has no address or no port`)
    return {
      url: urlOf(scheme, address, port),
      weight: typeof weight === "number" ? Math.min(Math.max(Math.round(weight), 0), 1000) : undefined,
    }
  })
}

const field = (value: unknown, name: string): unknown =>
  isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
