import type { DescribedSecurity } from "./security.ts"

/** What the OpenAPI document is made from: one generation of the gateway, as its clients see it. */
export interface DescribedApi {
  title: string
  version: string
  description?: string
  /** Base URLs of the gateway; empty means the origin that the document was read from. */
  servers: string[]
  routes: DescribedRoute[]
}

/** One route of the config, with everything that is known about its answers. */
export interface DescribedRoute {
  methods: readonly string[] | "any"
  host?: string
  /** In the words of the config: `/users/:id`, `/users/:id(\d+)`, `/files/*`. */
  path: string
  summary?: string
  description?: string
  tags?: string[]
  deprecated?: boolean
  hidden?: boolean
  target: "service" | "aggregate" | "batch" | "mock" | "redirect" | "reply" | "handler"
  service?: string
  parts?: DescribedPart[]
  /** How the answer is made of the parts: by their names, of all their fields, or by a function. */
  combined?: "named" | "merged" | "made"
  /** How the parts are sent one by one. */
  stream?: "ndjson" | "sse" | "multipart"
  /** What a batch may ask, how much at once, and whether its answers come line by line. */
  batch?: { routes: readonly string[]; limit: number; streams: boolean }
  /** What the `:segments` of the path are called, in order; the path's own words where this is shorter. */
  params: string[]
  /** Answers from mocks and replies: they become examples, and schemas are inferred from them. */
  sample?: DescribedSample[]
  /** Answers whose body is not known: redirects, replies without one. */
  responses?: { status: number; description: string; headers?: Record<string, string> }[]
  /** The ways to say who asks, any of which will do; not there where nobody wants to know. */
  security?: DescribedSecurity[]
  /** Lets in also those who do not say it. */
  anonymous?: boolean
  /** The names of the policies around the target. */
  policies: string[]
}

/** One part of an aggregate. */
export interface DescribedPart {
  name: string
  /** Absent where the part is an aggregate of its own. */
  service?: string
  /** Absent where a function decides what is called, as is the path. */
  method?: string
  path?: string
  /** The parts of its own aggregate. */
  parts?: DescribedPart[]
  required: boolean
  needs: string[]
  /** Its name in the answer, when that is another one; false when it has no place there. */
  as?: string | false
  /** Its value is a list, of one answer for each item. */
  isList?: boolean
  /** What the answer has of it is something else than the service answers. */
  isShaped?: boolean
  /** It is left out of some answers. */
  isConditional?: boolean
  /** What the config says that the service answers. */
  schema?: unknown
  /** What the service answers to this part, where a mock tells. */
  sample?: DescribedSample[]
}

/** One known answer. */
export interface DescribedSample {
  status: number
  contentType: string
  body: unknown
}
