/** Mistakes in what answers a route: services, aggregates and their parts. */
export const targets = {
  E301: {
    title: "Unknown service",
    about:
      "A route or a part of an aggregate names a service that `services` does not have. Such a route could only ever answer with an error, so the whole config is refused before any request meets it.",
    fix: "Correct the name, or add the service to `services`.",
    example: {
      bad: `services: { cart: "http://localhost:4001" },\nroutes: { "GET /cart": "crat" }`,
      good: `services: { cart: "http://localhost:4001" },\nroutes: { "GET /cart": "cart" }`,
    },
  },
  E302: {
    title: "Unknown part in needs",
    about:
      "`needs` names the parts of the same aggregate whose answers a part waits for. This name is no other part of the aggregate, so the part would wait for an answer that never comes.",
    fix: "Name another part of the same aggregate, or remove the need.",
    example: {
      bad: `aggregate: {\n  cart: "cart GET /cart",\n  charge: { call: "payment POST /charge", needs: ["card"] },\n}`,
      good: `aggregate: {\n  cart: "cart GET /cart",\n  charge: { call: "payment POST /charge", needs: ["cart"] },\n}`,
    },
  },
  E303: {
    title: "Parts need each other in a circle",
    about:
      "Each of these parts waits for the answer of the next one, and the last waits for the first. None of them could ever begin, so the aggregate would never answer.",
    fix: "Remove one of the needs. If two calls really depend on each other, one service has to offer both as one call.",
    example: {
      bad: `cart: { call: "cart GET /cart", needs: ["user"] },\nuser: { call: "user GET /user", needs: ["cart"] },`,
      good: `cart: { call: "cart GET /cart", needs: ["user"] },\nuser: "user GET /user",`,
    },
  },
  E304: {
    title: "Route has no target",
    about:
      "A target is what finally answers a route: a service, an aggregate, a batch, a mock, a redirect, a reply or a handler. This route has policies at most, and nothing that could answer.",
    fix: "Give the route one of `service`, `aggregate`, `batch`, `mock`, `redirect`, `reply` and `handler`.",
    example: { bad: `"GET /cart": { timeout: "3s" }`, good: `"GET /cart": { service: "cart", timeout: "3s" }` },
  },
  E305: {
    title: "Route has more than one target",
    about:
      "A route is answered by exactly one target, and this one names several. Only one of them could ever answer, and which one would be a guess. A target that comes in through a spread counts as well.",
    fix: "Keep one target. To choose by header, query, cookie or weight, make the route a list of routes with `when`.",
    example: {
      bad: `"GET /cart": { service: "cart", reply: { status: 503 } }`,
      good: `"GET /cart": [\n  { when: { header: { "x-closed": "1" } }, reply: { status: 503 } },\n  { service: "cart" },\n]`,
    },
  },
  E306: {
    title: "Option can never apply",
    about:
      "The option is known, but nothing here makes use of it: a `path` beside a redirect, or a `response` without an aggregate. It belongs to another target than the one that answers this route. It would look as if it worked and do nothing, which is worse than an error.",
    fix: "Remove the option, or use the target that it belongs to.",
    example: {
      bad: `"/old/*": { redirect: { to: "/new/*" }, path: "/v2/*" }`,
      good: `"/old/*": { redirect: { to: "/new/*" } }`,
    },
  },
  E307: {
    title: "Parameter that the route does not have",
    about:
      "A path or a call uses a parameter such as `:id`, or `*`, that the path of the route does not declare. There is nothing to put in its place, so the request would go to a wrong address.",
    fix: "Use a parameter of the route, or add this one to the path of the route.",
    example: {
      bad: `"GET /users/:id": { service: "user", path: "/v2/users/:user" }`,
      good: `"GET /users/:id": { service: "user", path: "/v2/users/:id" }`,
    },
  },
  E308: {
    title: "Field of a part that another part takes the place of",
    about:
      "The answer merges the fields of its parts, and by their schemas two parts have a field of the same name. The one of the part that is declared later counts, so clients never see the other. That may be meant, so it is a warning.",
    fix: "Leave the field out of one part with `omit`, give it another name with `rename`, or merge deeply where both are objects.",
    example: {
      bad: `aggregate: {\n  cart: { call: "cart GET /cart", schema: { properties: { id: {} } } },\n  user: { call: "user GET /user", schema: { properties: { id: {} } } },\n},\nmerge: "shallow",`,
      good: `aggregate: {\n  cart: { call: "cart GET /cart", schema: { properties: { id: {} } }, rename: { id: "cartId" } },\n  user: { call: "user GET /user", schema: { properties: { id: {} } } },\n},\nmerge: "shallow",`,
    },
  },
  E309: {
    title: "Route that a batch cannot ask",
    about:
      "A batch asks the routes whose keys it lists, and no others. This key is not one of the config, or the route is a batch itself: batches within batches would multiply every limit.",
    fix: "Write the key of another route as it stands in `routes`, or remove it.",
    example: {
      bad: `"GET /cart": "cart",\n"POST /batch": { batch: { routes: ["/cart"] } },`,
      good: `"GET /cart": "cart",\n"POST /batch": { batch: { routes: ["GET /cart"] } },`,
    },
  },
} as const
