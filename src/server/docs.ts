import { Elysia } from "elysia"
import uiScript from "swagger-ui-dist/swagger-ui-bundle.js" with { type: "file" }

import { toYaml } from "../openapi/yaml.ts"
import { type Asset, asset } from "./asset.ts"
import { docsPage } from "./docs-page.ts"

import uiStyle from "swagger-ui-dist/swagger-ui.css" with { type: "file" }

/** Where the docs are served, and what they describe. */
export interface DocsOptions {
  /** The page; its script and style are served below it. */
  path: string
  /** The document as JSON; the same in YAML is served beside it. */
  jsonPath?: string
  /** The OpenAPI document of the generation served now: the same object for as long as nothing has changed. */
  document: () => Record<string, unknown>
}

interface Served {
  page: Asset
  json: Asset
  yaml: Asset
}

/** Serves the docs page and the OpenAPI document, both from within the executable. */
export function docs({ path, jsonPath = "/openapi.json", document }: DocsOptions): Elysia {
  for (const given of [path, jsonPath]) {
    // Both are written into the page, and Elysia takes ":" and "*" for a pattern.
    if (!/^(?:\/[\w.~-]+)+$/.test(given)) {
      throw new Error(`Cannot serve docs at "${given}": give a path such as "/docs", without a slash at its end.`)
    }
  }
  const generations = new WeakMap<object, Served>()
  const served = (): Served => {
    const described = document()
    const known = generations.get(described)
    if (known !== undefined) return known
    const made = serve(path, jsonPath, described)
    generations.set(described, made)
    return made
  }
  const script = asset("text/javascript; charset=utf-8", () => Bun.file(uiScript).bytes())
  const style = asset("text/css; charset=utf-8", () => Bun.file(uiStyle).bytes())

  const app = new Elysia({ handler: { standardHostname: false } })
  const routes: [string, () => Asset][] = [
    [path, () => served().page],
    [`${path}/ui.js`, () => script],
    [`${path}/ui.css`, () => style],
    [jsonPath, () => served().json],
    [jsonPath.replace(/(?:\.json)?$/, ".yaml"), () => served().yaml],
  ]
  for (const [at, find] of routes) {
    const answer = ({ request }: { request: Request }) => find()(request)
    app.get(at, answer).head(at, answer)
  }
  return app
}

function serve(path: string, jsonPath: string, document: Record<string, unknown>): Served {
  const page = docsPage(path, jsonPath, titleOf(document)).then(({ html, policy }) =>
    asset("text/html; charset=utf-8", () => html, {
      "content-security-policy": policy,
      "referrer-policy": "no-referrer",
    }),
  )
  return {
    page: async (request) => (await page)(request),
    json: asset("application/json", () => JSON.stringify(document)),
    yaml: asset("application/yaml", () => toYaml(document)),
  }
}

function titleOf({ info }: Record<string, unknown>): string {
  const title = typeof info === "object" && info !== null && "title" in info ? info.title : undefined
  return typeof title === "string" ? title : "API"
}
