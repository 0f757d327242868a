/** Mistakes in mock files. */
export const mocks = {
  E601: {
    title: "Mock file name not understood",
    about:
      "The name of a mock file says which request it answers: `mocks/<service>/<path>[(variant)].<METHOD>[.<status>].<ext>`. `[id]` in the path stands for a parameter. This name does not fit, so the file would never answer anything.",
    fix: "Rename the file to fit the pattern.",
    example: { bad: `mocks/user/users/:id.json`, good: `mocks/user/users/[id].GET.json` },
  },
  E602: {
    title: "Mock file is not valid",
    about:
      "The file has the right name, but its content cannot be used: the JSON does not parse, or the TypeScript does not load or exports nothing. Its routes would answer with an error in place of the mock.",
    fix: "Mend the file at the place shown.",
    example: { bad: `{ "name": "Ada", }`, good: `{ "name": "Ada" }` },
  },
  E603: {
    title: "Two mock files answer the same request",
    about:
      "Both files fit the same service, path, method and variant, so which one answers would depend on the order in which files are found. Files that differ only in the name of a parameter, or only in the status or ending, answer the same.",
    fix: "Remove one file, or name a variant in parentheses.",
    example: {
      bad: `mocks/user/users/[id].GET.json\nmocks/user/users/[name].GET.json`,
      good: `mocks/user/users/[id].GET.json\nmocks/user/users/[id](admin).GET.json`,
    },
  },
  E604: {
    title: "Mock belongs to no service",
    about:
      "The first folder under mocks/ is the name of a service, and the config has no service of this name. The files in it are never used. That does no harm, so it is only a warning, but often the folder or the service has been renamed.",
    fix: "Rename the folder to a service of the config, or remove it.",
    example: { bad: `mocks/users/users.GET.json`, good: `mocks/user/users.GET.json` },
  },
  E605: {
    title: "Mock file not found",
    about:
      "A route names its mock file directly, and there is no such file. The path is looked up from the folder of the config. The route would have nothing to answer with.",
    fix: "Correct the path or create the file.",
    example: { bad: `"GET /orders": { mock: "orders.json" }`, good: `"GET /orders": { mock: "mocks/orders.json" }` },
  },
} as const
