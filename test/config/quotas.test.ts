import { describe, expect, it } from "vitest"

import { check } from "../../src/config/check.ts"

const plans = { free: { requests: { limit: 5, per: "day" } } }

/** What is wrong with a config of one route, beside what it always has. */
const found = (config: object, route: object = {}): string[] =>
  check({ routes: { "/x": { reply: {}, ...route } }, ...config }).problems.map(
    ({ code, path, message }) => `${code} ${path.join(".")}: ${message}`,
  )

describe("checkQuotas()", () => {
  it.each([
    [{ plans }, { quota: { plan: "free" } }],
    [{ plans, defaults: { quota: { plan: "free" } } }, {}],
    [{ plans, usage: true }, { quota: {} }],
    [{ usage: { keep: "30d", bytes: false } }, { quota: { meters: { tokens: { header: "x" } } } }],
    [
      { plans: { pro: { tokens: { limit: 5, per: "1h" } } } },
      { quota: { plan: "pro", meters: { tokens: { field: "a.b" } } } },
    ],
    [
      {
        usage: { webhook: { url: "https://billing.example/usage", secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" } },
      },
      { quota: {} },
    ],
  ])("finds nothing wrong with %j and %j", (config, route) => {
    expect(found(config, route)).toEqual([])
  })

  it.each([
    [{ plans }, { quota: { plan: "fre" } }, 'E206 routes./x.quota.plan: There is no plan "fre". Did you mean "free"?'],
    [{}, { quota: { plan: "free" } }, 'E206 routes./x.quota.plan: There is no plan "free".'],
    [
      {},
      { quota: {} },
      "E306 routes./x.quota: This quota holds nobody to anything: the config has no `plans`, and keeps no account of `usage`.",
    ],
    [
      { plans },
      { quota: { plan: "free", meters: { tokens: { header: "x" } } } },
      'E306 routes./x.quota.meters.tokens: Nobody wants to know the meter "tokens": no plan has a limit of it, and the config keeps no account of `usage`.',
    ],
    [{ plans }, {}, 'E306 plans: "plans" has no effect: no route has a quota.'],
    [{ usage: true }, {}, 'E306 usage: "usage" has no effect: no route has a quota.'],
    [
      { usage: true, defaults: { quota: {} } },
      { quota: false },
      'E306 usage: "usage" has no effect: no route has a quota.',
    ],
    [
      { plans: { free: { request: { limit: 5, per: "day" } } } },
      { quota: { plan: "free" } },
      'E306 plans.free.request: The plan "free" has a limit of "request", which no quota measures: it would never be reached.',
    ],
    [{ usage: false }, {}, 'E203 usage: Expected true, or an object with "keep", "bytes" or "webhook", got false.'],
    [
      { usage: { webhook: { url: "ftp://x", secret: "0123456789abcdef" } } },
      { quota: {} },
      'E204 usage.webhook.url: Expected a URL that begins with http:// or https://, got "ftp://x".',
    ],
    [
      { usage: { webhook: { url: "https://x/", secret: "short" } } },
      { quota: {} },
      "E204 usage.webhook.secret: Expected a secret of at least 16 characters.",
    ],
    [
      { usage: { webhook: { url: "https://x/", secret: "whsec_c2hvcnQ=" } } },
      { quota: {} },
      "E204 usage.webhook.secret: Expected a secret of at least 16 characters.",
    ],
  ])("of %j and %j says what is wrong", (config, route, problem) => {
    expect(found(config, route)).toContain(problem)
  })
})
