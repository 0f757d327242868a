/** Mistakes in the options of anything: their names, their types and their values. */
export const options = {
  E201: {
    title: "Unknown option",
    about:
      "No option has this name here. It may be misspelt, or it belongs on another level of the config. An unknown option is refused and never ignored: a misspelt `auth` would otherwise leave a route open to everybody.",
    fix: "Use the suggested name, or let the editor complete it.",
    example: {
      bad: `"GET /cart": { service: "cart", timout: "3s" }`,
      good: `"GET /cart": { service: "cart", timeout: "3s" }`,
    },
  },
  E202: {
    title: "Missing option",
    about:
      "An option that has no default is not there. Bellhop makes a default only where one is right for everybody; where a wrong guess could do harm it asks you to decide.",
    fix: "Add the option that the message names.",
    example: { bad: `rateLimit: { per: "1m" }`, good: `rateLimit: { limit: 100, per: "1m" }` },
  },
  E203: {
    title: "Wrong type of value",
    about:
      "The value is of another kind than the option takes, for example a number where a text is expected. Values are not converted: `30` might mean seconds or milliseconds, and a guess would be wrong half of the time.",
    fix: "Write a value of the kind that the message asks for.",
    example: { bad: `timeout: 3000`, good: `timeout: "3s"` },
  },
  E204: {
    title: "Value not allowed",
    about:
      "The value is of the right kind, but it is out of range or not in the right form. Durations are a number with ms, s, m, h or d; sizes are a number with b, kb, mb or gb. URLs begin with http:// or https://, paths with a slash, and methods are written in capitals.",
    fix: "Write a value in the form that the message describes.",
    example: { bad: `timeout: "3 seconds"`, good: `timeout: "3s"` },
  },
  E205: {
    title: "Empty list or object",
    about:
      "At least one entry is needed here. An empty list could be read as nothing or as everything: an empty list of allowed addresses might lock out everybody or nobody. Bellhop refuses it rather than choose.",
    fix: "Add an entry, or remove the option altogether.",
    example: { bad: `payment: { url: [] }`, good: `payment: { url: ["http://10.0.0.5:4003"] }` },
  },
  E206: {
    title: "Unknown plan",
    about:
      "A quota names a plan that `plans` does not have. Without its limits, clients would be held to nothing, or kept out altogether, so the config is refused before any request meets it.",
    fix: "Correct the name, or add the plan to `plans`.",
    example: {
      bad: `plans: { free: { requests: { limit: 1000, per: "day" } } },\ndefaults: { quota: { plan: "fre" } },`,
      good: `plans: { free: { requests: { limit: 1000, per: "day" } } },\ndefaults: { quota: { plan: "free" } },`,
    },
  },
  E207: {
    title: "Unknown route",
    about:
      "A setting names a route that the config does not have. What it was to keep out of the log would be in it, and nobody would be told.",
    fix: "Write the key of the route as it stands in `routes`.",
    example: {
      bad: `observe: { log: { except: ["GET /heathz"] } },`,
      good: `observe: { log: { except: ["GET /healthz"] } },`,
    },
  },
} as const
