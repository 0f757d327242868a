/** One way to break a config. `⟦` stands right before the place that the message has to name. */
export interface BrokenConfig {
  name: string
  /** The config; its mark and those of the other files are taken out. */
  config: string
  /** Other files, gone again once the config is mended. */
  files?: Readonly<Record<string, string>>
  code: string
  message: string | RegExp
  fix: string | RegExp | null
}

const shop = (body: string, before = ""): string =>
  `import { defineGateway } from "bellhop"\n${before}\nexport default defineGateway({\n${body}\n})\n`

const cart = `  services: { cart: "http://127.0.0.1:4001" },\n`

const routes = (body: string): string => shop(`${cart}  routes: {\n    "GET /cart": "cart",\n${body}\n  },`)

const aggregate = (body: string): string =>
  routes(`    "POST /checkout": {\n      aggregate: {\n        cart: "cart GET /cart",\n${body}\n      },\n    },`)

/** Configs that cannot be loaded. */
export const unloadable: readonly BrokenConfig[] = [
  {
    name: "a syntax error",
    config: shop(`  services: { cart: "http://127.0.0.1:4001" ⟦user: "http://127.0.0.1:4002" },\n  routes: {},`),
    code: "E101",
    message: 'Expected "}" but found "user".',
    fix: "Look at the place shown and just before it for a missing comma, quote or bracket.",
  },
  {
    name: "a syntax error in an imported file",
    config: shop(`  routes,`, `import { routes } from "./routes.ts"`),
    files: { "routes.ts": `export const routes = {\n  "GET /cart": { reply: {} ⟦;\n}\n` },
    code: "E101",
    message: 'Expected "}" but found ";".',
    fix: "Look at the place shown and just before it for a missing comma, quote or bracket.",
  },
  {
    name: "an imported file that is missing",
    config: shop(`  routes,`, `import { routes } from ⟦"./routs.ts"`),
    code: "E102",
    message: 'Cannot find the file "./routs.ts".',
    fix: "Correct the path, or create the file.",
  },
  {
    name: "a package that is missing",
    config: shop(`  routes: { "GET /n": { reply: { body: left } } },`, `import left from ⟦"left-pad"`),
    code: "E102",
    message: 'Cannot find the package "left-pad".',
    fix: "Install it in a node_modules folder beside the config, or import a file.",
  },
  {
    name: "an import of an export that is missing",
    config: shop(`  routes,`, `import { ⟦routes } from "./routes.ts"`),
    files: { "routes.ts": `export const rotues = {}\n` },
    code: "E103",
    message: '"routes" is not exported by "./routes.ts". Did you mean "rotues"?',
    fix: "Export it there, or correct the name. It exports rotues.",
  },
  {
    name: 'an import from "bellhop" of what it does not export',
    config: `import { defineGateway, ⟦defineRoute } from "bellhop"\n\nexport default defineGateway({ routes: { "GET /n": defineRoute() } })\n`,
    code: "E103",
    message: '"defineRoute" is not exported by "bellhop".',
    fix: "It exports defineGateway, env and file.",
  },
  {
    name: "a config that throws",
    config: shop(
      `  routes,`,
      `const names = JSON.parse("{}")\nconst routes = { ["GET /" + names.⟦first.trim()]: "cart" }`,
    ),
    code: "E104",
    message: /^The config threw TypeError: undefined is not an object \(evaluating 'names\.first\.trim'\)\.$/,
    fix: /^Mend the code at that line/,
  },
  {
    name: "an imported file that throws",
    config: shop(`  routes,`, `import { routes } from "./routes.ts"`),
    files: {
      "routes.ts": `export const routes = read()\n\nfunction read(): {} {\n  throw new ⟦RangeError("nothing to read")\n}\n`,
    },
    code: "E104",
    message: "The config threw RangeError: nothing to read.",
    fix: /^Mend the code at that line/,
  },
  {
    name: "a config that throws a text",
    config: shop(`  routes: {},`, `if (process.env.HOME) ⟦throw "no"`),
    code: "E104",
    message: 'The config threw "no" while it was loaded.',
    fix: "Throw an Error instead: it knows its line.",
  },
  {
    name: "a default export that is missing",
    config: `⟦import { defineGateway } from "bellhop"\n\nexport const config = defineGateway({ routes: { "GET /n": { reply: {} } } })\n`,
    code: "E106",
    message: "The config has no default export.",
    fix: "Write export default defineGateway({ … }).",
  },
  {
    name: "two default exports",
    config: `import { defineGateway } from "bellhop"\n\nexport default defineGateway({ routes: { "GET /a": { reply: {} } } })\nexport ⟦default defineGateway({ routes: { "GET /b": { reply: {} } } })\n`,
    code: "E107",
    message: "The config has more than one default export.",
    fix: "Keep one export default.",
  },
  {
    name: "a value used before its file is ready, in a circle of imports",
    config: shop(`  routes,`, `import { routes } from "./routes.ts"\nexport const path = "GET /cart"`),
    files: {
      "routes.ts": `import { path } from "./gateway.config.ts"\n\nexport const routes = { [⟦path]: { reply: {} } }\n`,
    },
    code: "E108",
    message: "Cannot access 'path' before initialization.",
    fix: "Files that import each other in a circle cannot use each other's values while they load: move the shared value into a file of its own.",
  },
  {
    name: "a default export that is no config",
    config: `export default ⟦["cart", "user"]\n`,
    code: "E110",
    message: "The default export is not a config.",
    fix: "Write export default defineGateway({ … }).",
  },
  {
    name: "a mistake that only the type checker sees",
    config: routes(`    "GET /hello": { handler: (request) => ({ url: request.⟦ur }) },`),
    code: "E901",
    message: "TS2339: Property 'ur' does not exist on type 'Request'.",
    fix: null,
  },
]

/** Configs that can be loaded, but not served. */
export const unservable: readonly BrokenConfig[] = [
  {
    name: "an option at the top that does not exist",
    config: shop(`${cart}  ⟦route: { "GET /n": "cart" },\n  routes: { "GET /cart": "cart" },`),
    code: "E201",
    message: 'Unknown option "route". Did you mean "routes"?',
    fix: 'Write "routes".',
  },
  {
    name: "an option of a route that does not exist",
    config: routes(`    "GET /n": { service: "cart", ⟦timout: "3s" },`),
    code: "E201",
    message: 'Unknown option "timout". Did you mean "timeout"?',
    fix: 'Write "timeout".',
  },
  {
    name: "a value of the wrong type",
    config: routes(`    "GET /n": { service: "cart", timeout: ⟦3000 },`),
    code: "E203",
    message: /^Expected a duration such as "250ms", "30s", "5m", "1h" or "7d", .*got 3000\.$/,
    fix: null,
  },
  {
    name: "a duration that is none",
    config: routes(`    "GET /n": { service: "cart", timeout: ⟦"3 seconds" },`),
    code: "E204",
    message: 'Expected a duration such as "250ms", "30s", "5m", "1h" or "7d", got "3 seconds".',
    fix: null,
  },
  {
    name: "a URL that is none",
    config: shop(`  services: { cart: { url: ⟦"localhost:4001" } },\n  routes: { "GET /cart": "cart" },`),
    code: "E204",
    message: /^Expected a URL such as "http:\/\/localhost:4001", but "localhost:4001" has the scheme "localhost:"\.$/,
    fix: /^Give the scheme \(http or https\)/,
  },
  {
    name: "a service that does not exist",
    config: routes(`    "GET /n": ⟦"crat",`),
    code: "E301",
    message: 'Unknown service "crat". Did you mean "cart"?',
    fix: "Services: cart.",
  },
  {
    name: "a call to a service that does not exist",
    config: aggregate(`        user: ⟦"usr GET /user",`),
    code: "E301",
    message: 'Unknown service "usr".',
    fix: "Services: cart.",
  },
  {
    name: "a need for a part that does not exist",
    config: aggregate(`        charge: { call: "cart POST /charge", needs: [⟦"card"] },`),
    code: "E302",
    message: 'Unknown part "card". Did you mean "cart"?',
    fix: "Other parts: cart.",
  },
  {
    name: "parts that need each other",
    config: aggregate(
      `        user: { call: "cart GET /user", needs: ⟦["charge"] },\n        charge: { call: "cart POST /charge", needs: ["user"] },`,
    ),
    code: "E303",
    message: 'Parts need each other in a circle: "user" → "charge" → "user".',
    fix: "Take one of these needs out; a part that another one names in its call is needed by it.",
  },
  {
    name: "a route without a target",
    config: routes(`    ⟦"GET /n": { timeout: "3s" },`),
    code: "E304",
    message: "This route has no target.",
    fix: /^Give it one of "service", "aggregate", /,
  },
  {
    name: "a route with two targets",
    config: routes(`    "GET /n": { service: "cart", ⟦reply: { status: 204 } },`),
    code: "E305",
    message: 'This route has 2 targets: "service" and "reply".',
    fix: "Keep one, or make the route a list of choices with a when for each.",
  },
  {
    name: "an option of another target",
    config: routes(`    "GET /n": { redirect: { to: "/cart" }, ⟦path: "/v2" },`),
    code: "E306",
    message: '"path" has no effect on a route answered by "redirect": it belongs to "service".',
    fix: "Remove it.",
  },
  {
    name: "a parameter that the route does not have",
    config: routes(`    "GET /users/:id": { service: "cart", path: ⟦"/v2/users/:user" },`),
    code: "E307",
    message: '":user" in "/v2/users/:user" is not a parameter of the route.',
    fix: "The route has :id.",
  },
  {
    name: "two routes that differ only in the name of a parameter",
    config: routes(`    "GET /users/:id": "cart",\n    ⟦"GET /users/:name": "cart",`),
    code: "E401",
    message: '"GET /users/:name" answers the same requests as "GET /users/:id".',
    fix: "Keep one of them, or make one route with a list of choices.",
  },
  {
    name: "a choice that is never asked",
    config: routes(
      `    "GET /n": [\n      { service: "cart" },\n      ⟦{ when: { header: { "x-beta": "1" } }, service: "cart" },\n    ],`,
    ),
    code: "E402",
    message: "This choice is never asked: the one before it takes every request.",
    fix: "Give the one before it a when, or put it last.",
  },
  {
    name: "a key that is written twice",
    config: routes(`    "GET /n": "cart",\n    ⟦"GET /n": { reply: {} },`),
    code: "E403",
    message: '"GET /n" is there twice: the one in line 7 is lost.',
    fix: "Keep one of them.",
  },
  {
    name: "a method in small letters",
    config: routes(`    ⟦"get /n": "cart",`),
    code: "E404",
    message: 'Cannot understand the route "get /n": "get" is not a method.',
    fix: 'Write "GET".',
  },
  {
    name: "a route without a slash",
    config: routes(`    ⟦"GET n": "cart",`),
    code: "E404",
    message: 'Cannot understand the route "GET n": it has no path.',
    fix: 'Write "METHOD /path", such as "GET /cart"; a path begins with a slash.',
  },
  {
    name: "routes that are empty",
    config: shop(`  routes: ⟦{},`),
    code: "E205",
    message: "No routes.",
    fix: 'Add one, such as "GET /cart": "cart".',
  },
  {
    name: "a secret that the environment does not have",
    config: `import { defineGateway, env } from "bellhop"\n\nexport default defineGateway({\n  admin: { port: 0, token: ⟦env("NO_SUCH_TOKEN") },\n  routes: { "GET /n": { reply: {} } },\n})\n`,
    code: "E501",
    message: /^Cannot read env\("NO_SUCH_TOKEN"\): the variable is not set/,
    fix: "Set the variable, or add it to a .env file beside the config.",
  },
  {
    name: "a secret file that is not there",
    config: `import { defineGateway, file } from "bellhop"\n\nexport default defineGateway({\n  admin: { port: 0, token: ⟦file("/nowhere/token") },\n  routes: { "GET /n": { reply: {} } },\n})\n`,
    code: "E502",
    message: /^Cannot read file\("\/nowhere\/token"\): there is no such file/,
    fix: "Create the file or correct its path.",
  },
  {
    name: "a real service without a URL",
    config: shop(`  services: { cart: ⟦{ mock: "real" } },\n  routes: { "GET /cart": "cart" },`),
    code: "E503",
    message: 'Service "cart" has no url, and its mode is "real".',
    fix: 'Add a url, or set mock: "mock".',
  },
  {
    name: "a mock that is no JSON",
    config: shop(`  services: { cart: { mock: "mock" } },\n  routes: { "GET /cart": "cart" },`),
    files: { "mocks/cart/cart.GET.json": `{\n  "items": [1, 2⟦,]\n}\n` },
    code: "E602",
    message: 'Mock "mocks/cart/cart.GET.json" is not valid JSON: a comma may not stand before "]".',
    fix: "Correct the file; JSON knows no comments and no trailing commas.",
  },
  {
    name: "two mocks for the same requests",
    config: shop(`  services: { cart: { mock: "mock" } },\n  routes: { "GET /cart/:id": "cart" },`),
    files: { "mocks/cart/cart/[id].GET.json": "{}", "mocks/cart/cart/[name].GET.json": "⟦{}" },
    code: "E603",
    message: 'Mocks "mocks/cart/cart/[id].GET.json" and "mocks/cart/cart/[name].GET.json" answer the same requests.',
    fix: /^Remove one, or make it a variant/,
  },
  {
    name: "a mock file that is not there",
    config: routes(`    "GET /n": { mock: ⟦"mocks/orders.json" },`),
    code: "E605",
    message: /"mocks\/orders\.json"/,
    fix: /./,
  },
  {
    name: "certificate files that are not there",
    config: shop(
      `  listen: { port: 0, tls: { cert: ⟦"no.crt", key: "no.key" } },\n${cart}  routes: { "GET /cart": "cart" },`,
    ),
    code: "E701",
    message: 'Cannot read the file "no.crt".',
    fix: "Correct the path (it starts at the folder of the config), or let this user read the file.",
  },
  {
    name: "an open admin listener without a token",
    config: shop(`  admin: ⟦{ host: "0.0.0.0", port: 0 },\n${cart}  routes: { "GET /cart": "cart" },`),
    code: "E202",
    message: 'The admin listener on "0.0.0.0" has no token: anyone who reaches it could reload or read.',
    fix: 'Add token: env("ADMIN_TOKEN"), or listen on "127.0.0.1".',
  },
]
