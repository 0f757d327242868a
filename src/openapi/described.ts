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
  target: "service" | "aggregate" | "mock" | "redirect" | "reply" | "handler"
  service?: string
  parts?: DescribedPart[]
  /** What the `:segments` of the path are called, in order; the path's own words where this is shorter. */
  params: string[]
  /** Answers from mocks and replies: they become examples, and schemas are inferred from them. */
  sample?: DescribedSample[]
  /** Answers whose body is not known: redirects, replies without one. */
  responses?: { status: number; description: string; headers?: Record<string, string> }[]
  /** The names of the policies around the target. */
  policies: string[]
}

/** One part of an aggregate. */
export interface DescribedPart {
  name: string
  service: string
  method: string
  path: string
  required: boolean
  needs: string[]
  /** What the service answers to this part, where a mock tells. */
  sample?: DescribedSample[]
}

/** One known answer. */
export interface DescribedSample {
  status: number
  contentType: string
  body: unknown
}
