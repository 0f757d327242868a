/** Mistakes that keep the config from being loaded at all, and type errors. */
export const loading = {
  E101: {
    title: "Syntax error in the config",
    about:
      "The config, or a file that it imports, is not valid TypeScript, so nothing in it can be read. The place shown is where the parser lost the thread; the mistake is there or shortly before it. A gateway that is already running keeps serving the last good config.",
    fix: "Look at the place shown and just before it for a missing comma, quote or bracket.",
    example: {
      bad: `services: { cart: "http://localhost:4001" user: "http://localhost:4002" }`,
      good: `services: { cart: "http://localhost:4001", user: "http://localhost:4002" }`,
    },
  },
  E102: {
    title: "Imported file or package is missing",
    about:
      "The config imports something that cannot be found. A path that begins with a dot is looked up from the file that imports it; any other name is looked up in node_modules. Bellhop installs no packages by itself, because a config must mean the same on every machine.",
    fix: "Correct the path, create the file, or install the package beside the config.",
    example: { bad: `import { services } from "./service"`, good: `import { services } from "./services"` },
  },
  E103: {
    title: "Import names an export that does not exist",
    about:
      "The imported file is there, but it exports nothing under this name. Often the name is misspelt, or the file exports it as its default. Without the export the value would be undefined, and an option would be silently lost.",
    fix: "Import a name that the file exports, or add the export to that file.",
    example: { bad: `import { service } from "./services"`, good: `import { services } from "./services"` },
  },
  E104: {
    title: "Config threw an error while it was loaded",
    about:
      "A config is a program: its code runs once each time it is loaded. This code threw an error before it came to its end, so there is no config to use. The place shown is the line of your own code at which the error arose.",
    fix: "Mend the code at that line; guard what can be undefined, such as a variable from process.env.",
    example: {
      bad: `const port = Number(process.env.PORT.trim())`,
      good: `const port = Number(process.env.PORT?.trim() ?? 8080)`,
    },
  },
  E105: {
    title: "Config did not finish loading",
    about:
      "The config awaits something that did not settle within 10 seconds, so loading was given up. A config may await, but every reload waits with it: a save should be live at once. Network calls that may hang do not belong in it.",
    fix: "Take the slow await out of the config, or give it a time limit and a default of its own.",
    example: {
      bad: `const keys = await (await fetch(keysUrl)).json()`,
      good: `auth: { jwt: { jwks: keysUrl } } // fetched, kept and renewed by the gateway`,
    },
  },
  E106: {
    title: "Config has no default export",
    about:
      "Bellhop reads the default export of gateway.config.ts, and the file has none. A config under any other name would be ignored, and the gateway would start without your routes.",
    fix: "Write `export default defineGateway({ … })`.",
    example: { bad: `export const config = defineGateway({ … })`, good: `export default defineGateway({ … })` },
  },
  E107: {
    title: "Config has more than one default export",
    about:
      "A file can have one default export, and this one has several. Bellhop will not guess which of them is the gateway you mean.",
    fix: "Keep one default export. To serve several groups of routes, merge them with spreads into one config.",
    example: {
      bad: `export default defineGateway(shop)\nexport default defineGateway(admin)`,
      good: `export default defineGateway({ ...shop, routes: { ...shop.routes, ...admin.routes } })`,
    },
  },
  E108: {
    title: "Files import each other and one value is used too early",
    about:
      "Two or more files import each other in a circle. One of them uses a value of the other while it is loaded, before the other has made it. Which file comes first depends on where loading begins, so such code may work today and break after a harmless edit.",
    fix: "Move the shared value into a third file that both import.",
    example: {
      bad: `// services.ts\nimport { auth } from "./gateway.config"`,
      good: `// services.ts and gateway.config.ts\nimport { auth } from "./auth"`,
    },
  },
  E109: {
    title: "Config file not found",
    about:
      "There is no config at the path given. Without a path Bellhop looks for gateway.config.ts in the current folder. It does not start without a config, because a gateway without routes would answer 404 to everything.",
    fix: "Change to the folder of the config, name its path on the command line, or make one with `bellhop init`.",
  },
  E110: {
    title: "Default export is not a gateway config",
    about:
      "The default export of the config has to be the object that describes the gateway. This one is something else, such as a text, a list or undefined. `defineGateway` gives the object its types, so that the editor can complete and check it.",
    fix: "Export what `defineGateway` returns.",
    example: { bad: `export default ["cart", "user"]`, good: `export default defineGateway({ services, routes })` },
  },
  E901: {
    title: "Type error",
    about:
      "The type checker found a value that does not fit its type. Its own number, such as TS2322, stands at the beginning of the message. Types know things about functions in your config that cannot be seen by running it, so a type error is refused like any other mistake.",
    fix: "Change the value at the place shown to one of the allowed ones; the editor shows the same error there.",
    example: { bad: `cache: { ttl: 30 }`, good: `cache: { ttl: "30s" }` },
  },
} as const
