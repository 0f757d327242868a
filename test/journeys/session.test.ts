import { expect, it } from "vitest"

import { folder, serving } from "../support/executable.ts"
import { configSource } from "../support/gateway.ts"
import { webUpstream } from "../support/upstream.ts"

/** A service that knows one password, and otherwise answers with the headers that it got. */
const users = () =>
  webUpstream(async (request) => {
    if (new URL(request.url).pathname !== "/login") return Response.json(Object.fromEntries(request.headers))
    if ((await request.text()) !== "open sesame") return new Response("no", { status: 403 })
    return new Response("welcome", { headers: { "x-session": '{"sub":"ada"}' } })
  })

it.each(["cookie", "store"])("a session in the %s lives on after a restart, until its logout", async (keep) => {
  using service = users()
  const session = `session: { secret: env("SESSION_SECRET"), keep: "${keep}", logout: "/logout"`
  const config = `{
    store: "sqlite",
    services: { users: ${JSON.stringify(service.url)} },
    routes: {
      "POST /login": { service: "users", auth: { anonymous: true, ${session}, begin: "x-session" } } },
      "/cart": { service: "users", auth: { ${session} }, tell: { headers: { "x-user": "subject" } } } },
    },
  }`
  using place = folder({ "gateway.config.ts": configSource(config) })
  const started = () =>
    serving(place.path, { command: "start", env: { SESSION_SECRET: "a secret for the sessions of the journeys" } })

  let cookie = ""
  {
    await using bellhop = await started()
    const logIn = (body: string) => fetch(`${bellhop.url}/login`, { method: "POST", body })
    const refused = await logIn("sesame")
    expect([refused.status, refused.headers.get("set-cookie")]).toEqual([403, null])
    const welcome = await logIn("open sesame")
    expect([await welcome.text(), welcome.headers.get("x-session")]).toEqual(["welcome", null])
    cookie = welcome.headers.get("set-cookie")?.split(";")[0] ?? ""
    expect((await fetch(`${bellhop.url}/cart`)).status).toBe(401)
  }
  await using bellhop = await started()
  const cart = () => fetch(`${bellhop.url}/cart`, { headers: { cookie, "x-user": "eve" } })
  const seen = (await (await cart()).json()) as Record<string, string>
  expect([seen["x-user"], seen["cookie"]]).toEqual(["ada", undefined])
  const left = await fetch(`${bellhop.url}/logout`, { method: "POST", headers: { cookie }, redirect: "manual" })
  expect([left.status, left.headers.get("location")]).toEqual([303, "/"])
  expect((await cart()).status).toBe(401)
})
