/** A file of a new project. */
export interface StarterFile {
  readonly path: string
  readonly text: string
}

/** The config that a new project begins with: it runs at once, because mocks answer. */
export const starterConfig: StarterFile = {
  path: "gateway.config.ts",
  text: `import { defineGateway } from "bellhop"

// Leave "bellhop dev" running: every save of this file is live at once.
export default defineGateway({
  listen: { port: 8080 },

  services: {
    // Files in mocks/ answer for these two. Once a service is there, give its address; while it is down, mocks/ still stands in:
    //   user: { url: "http://localhost:4001", mock: "fallback" },
    user: { mock: "mock" },
    order: { mock: "mock" },
  },

  routes: {
    // The same path on that service.
    "GET /users/:id": "user",
    "GET /orders": "order",

    // One call instead of two: both are made at the same time, and the page survives without its orders.
    "GET /home/:id": {
      aggregate: {
        user: "user GET /users/:id",
        orders: { call: "order GET /orders", fallback: [] },
      },
    },
  },
})
`,
}

/** The mocks that answer for the services of that config. */
export const starterMocks: readonly StarterFile[] = [
  {
    path: "mocks/user/users/[id].GET.ts",
    text: `import type { MockFunction } from "bellhop"

// Answers GET /users/7 and every other number.
const user: MockFunction = ({ params }) => ({ id: params.id, name: "Ada" })

export default user
`,
  },
  {
    path: "mocks/order/orders.GET.json",
    text: `[
  { "id": 1, "item": "Tea", "price": 4 },
  { "id": 2, "item": "Scones", "price": 6 }
]
`,
  },
]

/** What the editor needs to find the types. */
export const starterProject: StarterFile = {
  path: "tsconfig.json",
  text: `{
  "extends": "./.bellhop/tsconfig.json",
  "include": ["gateway.config.ts", "mocks/**/*.ts"]
}
`,
}

/** What git should leave alone. */
export const starterIgnored = ".bellhop/"

/** A request that the starter answers, to try it with. */
export const starterRequest = "http://localhost:8080/home/7"
