import { defineGateway } from "bellhop"

// A shop: four services that are not running yet. Files in mocks/ answer for them;
// start one of them on its port, and the gateway uses it from its next request on.
export default defineGateway({
  listen: { port: 8080 },
  docs: { title: "Shop" },
  services: {
    cart: { url: "http://localhost:4001", mock: "fallback" },
    user: { url: "http://localhost:4002", mock: "fallback" },
    product: { url: "http://localhost:4003", mock: "fallback" },
    payment: { mock: "mock" },
  },
  defaults: { timeout: "10s", bodyLimit: "10mb" },
  routes: {
    "GET /cart": "cart",
    "GET /user": "user",
    "GET /users/:id": "user",
    "GET /products": "product",
    "GET /products/:id": "product",
    "POST /charge": "payment",

    // One call instead of three: the cart and the user at the same time, then the payment.
    "POST /checkout": {
      aggregate: {
        cart: "cart GET /cart",
        user: { call: "user GET /user", fallback: { name: "guest" } },
        charge: {
          call: "payment POST /charge",
          needs: ["cart"],
          body: ({ cart }) => ({ amount: cart.total, currency: cart.currency }),
        },
      },
      openapi: { summary: "Pays for what is in the cart" },
    },

    "GET /shop": { redirect: { to: "/products", status: 302 } },
    "GET /hello/:name": {
      handler: (_request, { params }) => ({ message: `Hello, ${params.name}!` }),
    },
  },
})
