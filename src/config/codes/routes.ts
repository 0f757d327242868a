/** Mistakes in the keys of routes and in how routes stand to each other. */
export const routes = {
  E401: {
    title: "Duplicate route",
    about:
      "Two routes have the same method, host and path; the names of their parameters do not matter, since `/users/:id` and `/users/:name` take the same requests. Only one of them could answer, and the other would be dead without a sign.",
    fix: "Remove one of them, or make both a list of routes under one key, told apart by `when`.",
    example: {
      bad: `"GET /users/:id": "user",\n"GET /users/:name": "people",`,
      good: `"GET /users/:id": [{ when: { header: { "x-beta": "1" } }, service: "people" }, { service: "user" }],`,
    },
  },
  E402: {
    title: "Route can never be reached",
    about:
      "Everything that this route would answer is taken before it is asked. In a list of routes that happens after a choice without `when`, since such a choice takes every request; it also happens when the pattern of an earlier route, such as `:name(\\\\w+)`, takes all that `:id(\\\\d+)` would. A route that is there to be read but never answers is a trap.",
    fix: "Put the choice without `when` last, narrow the route that comes first, or remove the one that is never asked.",
    example: {
      bad: `"GET /cart": [{ service: "cart" }, { when: { header: { "x-beta": "1" } }, service: "beta" }]`,
      good: `"GET /cart": [{ when: { header: { "x-beta": "1" } }, service: "beta" }, { service: "cart" }]`,
    },
  },
  E403: {
    title: "Key is written twice in one object",
    about:
      "The same key stands twice in one object literal. JavaScript keeps the last value and silently drops the earlier one, so a route, a service or a policy that is there to be read would not be there in the gateway.",
    fix: "Remove one of the two, or give it another key.",
    example: {
      bad: `routes: { "GET /cart": "cart", "GET /cart": "basket" }`,
      good: `routes: { "GET /cart": "cart", "GET /basket": "basket" }`,
    },
  },
  E404: {
    title: "Route key not understood",
    about:
      "The key of a route is `[METHOD[,METHOD]] [host]/path`. Methods are in capitals, with commas between them and one space after; the path begins with a slash. `:name` stands for one segment, `:name(\\\\d+)` for one that matches whole, and `*`, at the end, for all the rest. Patterns have letters, `.`, `\\\\d`, `\\\\w`, classes, repeats and alternatives, and none that could take very long to match.",
    fix: "Write the key in this form.",
    example: { bad: `"get /users/{id}": "user"`, good: `"GET /users/:id": "user"` },
  },
  E405: {
    title: "Path that the gateway answers itself",
    about:
      "A login needs paths of its own, to which the provider sends browsers back and where they log out: the gateway adds a route for each. A route of the config has the same path, or another login has it with other options, so that only one of them could answer.",
    fix: "Give one of the two another path. Logins that are to be the same share their options: put them in a constant, or in `defaults`.",
    example: {
      bad: `"GET /logout": "account",\n"/app/*": { service: "app", auth: { oidc: { …, logout: "/logout" } } },`,
      good: `"GET /logout": "account",\n"/app/*": { service: "app", auth: { oidc: { …, logout: "/oauth/logout" } } },`,
    },
  },
} as const
