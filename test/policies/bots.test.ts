import { describe, expect, it } from "vitest"

import type { Problem } from "../../src/core/schema.ts"
import { Secret } from "../../src/core/secret.ts"
import { HeaderList } from "../../src/http/header-list.ts"
import { bots } from "../../src/policies/bots.ts"
import { exchange, tools } from "../support/exchange.ts"

function parsed(options: object) {
  const problems: Problem[] = []
  const report = (problem: Problem): void => void problems.push(problem)
  const made = bots.options.parse(options, [], report)
  if (problems.length === 0) bots.check?.(made, {} as never, [], report)
  return { made, problems: problems.map(({ message }) => message) }
}

async function answer(options: object, agent?: string): Promise<number> {
  const { made, problems } = parsed(options)
  expect(problems).toEqual([])
  const handle = bots.create(made, tools())(() => ({ status: 200, headers: new HeaderList(), body: null }))
  const headers: Record<string, string> = agent === undefined ? {} : { "user-agent": agent }
  try {
    return (await handle(exchange({ headers }))).status
  } catch (error) {
    expect(error).toMatchObject({ code: "forbidden", message: "This user agent is not let in." })
    return 403
  }
}

const file = (content: string) => new Secret('file("agents")', () => content, "/agents")

describe("bots()", () => {
  it.each([
    [{ deny: ["bot"] }, "EvilBot/1.0", 403],
    [{ deny: ["bot"] }, "Mozilla/5.0", 200],
    [{ deny: ["Mozilla/4.*MSIE"] }, "mozilla/4.0 (compatible; msie 6.0)", 403],
    [{ deny: ["Mozilla/4.*MSIE"] }, "MSIE Mozilla/4.0", 200],
    [{ deny: ["a*a"] }, "a", 200],
    [{ deny: ["bot"], allow: ["GoodBot"] }, "GoodBot/2", 200],
    [{ deny: ["bot"], allow: ["GoodBot"] }, "OtherBot/2", 403],
    [{ allow: ["shop-app/"] }, "Shop-App/3 (iOS)", 200],
    [{ allow: ["shop-app/"] }, "curl/8", 403],
    [{ deny: [file("curl/\n# others\nwget")] }, "Wget/1.21", 403],
    [{ deny: [file("curl/\n# others\nwget")] }, "others", 200],
  ])("with %j answers %j by %i", async (options, agent, status) => {
    expect(await answer(options, agent)).toBe(status)
  })

  it.each([
    [{ deny: ["bot"] }, 200],
    [{ allow: ["app"] }, 403],
    [{ allow: ["app"], empty: "pass" }, 200],
    [{ deny: ["bot"], empty: "deny" }, 403],
    [{ empty: "deny" }, 403],
  ])("with %j answers those that say nothing by %i", async (options, status) => {
    expect(await answer(options)).toBe(status)
    expect(await answer(options, "")).toBe(status)
  })

  it("takes no longer for a text made to be slow", async () => {
    const slow = Array.from({ length: 40 }, () => "a").join("*")
    expect(await answer({ deny: [`${slow}*b`] }, "a".repeat(60_000))).toBe(200)
  })

  it.each([
    [{}, "Nobody is refused here."],
    [{ empty: "pass" }, "Nobody is refused here."],
    [{ deny: [] }, "Empty list."],
    [{ deny: ["*"] }, 'Expected a text that a user agent has in it, got "*".'],
    [{ deny: [" "] }, 'Expected a text that a user agent has in it, got " ".'],
    [{ deny: [file("curl\n**")] }, 'Line 2 of file("agents") takes any user agent.'],
    [{ deny: [/bot/] }, "Expected a text that a user agent has in it, got an instance of RegExp."],
  ])("refuses the options %j", (options, message) => {
    expect(parsed(options).problems).toEqual([message])
  })
})
