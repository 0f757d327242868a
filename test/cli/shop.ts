import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"

import { folder } from "./called.ts"

/** A config with something of everything that the commands tell about. */
export const shopConfig = `import { defineGateway, file } from "bellhop"

export default defineGateway({
  services: {
    cart: "http://localhost:4001",
    user: { url: file("user.url"), mock: "fallback" },
    payment: { url: ["http://10.0.0.5:4003", "http://10.0.0.6:4003"] },
  },
  defaults: { timeout: "10s" },
  routes: {
    "GET /cart": "cart",
    "GET /users/:id": {
      service: "user",
      path: "/v2/users/:id",
      headers: { request: { set: { authorization: "Bearer s3cret", "x-from": file("user.url") } } },
    },
    "/pay/*": [
      { service: "cart", when: { header: { "x-beta": "1" } } },
      { service: "payment", bodyLimit: "1mb", requestId: false },
    ],
    "POST /checkout": {
      aggregate: {
        cart: "cart GET /cart",
        user: { call: "user GET /user", fallback: { name: "guest" } },
        charge: { call: "payment POST /charge", needs: ["user", "cart"], timeout: "2s" },
        mail: { call: "user POST /mail", needs: ["charge"], required: false },
      },
    },
    "GET old.example.com/shop": { redirect: { to: "/cart" } },
    "GET /hello": { handler: () => "hello", timeout: false },
  },
})
`

/** A folder with these files in it, the config of the shop unless said otherwise; \`user.url\` is what \`file()\` reads. */
export function project(files: Readonly<Record<string, string>> = { "gateway.config.ts": shopConfig }): string {
  const root = folder()
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text.replaceAll('file("user.url")', `file("${root}/user.url")`))
  }
  writeFileSync(join(root, "user.url"), "http://hidden-host:4002\n")
  return root
}
