import { createHash } from "node:crypto"

import { swagger } from "@elysiajs/swagger"

/** The docs page, and the Content-Security-Policy that it runs under. */
export interface DocsPage {
  html: string
  policy: string
}

const uiOptions = {
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "list",
  filter: true,
  // Without these the x-bellhop-… fields are not shown.
  showExtensions: true,
  showCommonExtensions: true,
  tryItOutEnabled: true,
  // The default sends the document to a validator on the internet.
  validatorUrl: "none",
} as const

const bell = encodeURIComponent(
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="#b8860b" d="M8 2a1 1 0 0 1 1 1v1a6 6 0 0 1 5 6H2a6 6 0 0 1 5-6V3a1 1 0 0 1 1-1zM1 11h14v2H1z"/></svg>`,
)

const darkMode = `document.documentElement.classList.toggle("dark-mode", matchMedia("(prefers-color-scheme: dark)").matches)`

/**
 * Makes the page with the swagger plugin, and turns what it would load from a CDN into what we serve below `path`.
 * The plugin lives in an app of its own: of its two routes only the page is of use, its document being a 3.0 one
 * of Elysia's routes and not of ours.
 */
export async function docsPage(path: string, jsonPath: string, name: string): Promise<DocsPage> {
  const swaggerOptions = { ...uiOptions, url: jsonPath }
  const title = Bun.escapeHTML(name)
  const plugin = swagger({
    path,
    provider: "swagger-ui",
    documentation: { info: { title, description: title, version: "" } },
    theme: `${path}/ui.css`,
    autoDarkMode: false,
    swaggerOptions,
  })
  const page = await (await plugin.handle(new Request(`http://localhost${path}`))).text()
  const html = page
    .replace(/src="https:\/\/unpkg\.com\/[^"]*" crossorigin/, () => `src="${path}/ui.js"`)
    .replace(
      "</head>",
      () => `<link rel="icon" href="data:image/svg+xml,${bell}" />\n<script>${darkMode}</script>\n</head>`,
    )
  return { html, policy: policyOf(html) }
}

function policyOf(html: string): string {
  const scripts = [...html.matchAll(/<script>([^]*?)<\/script>/g)].map(
    ([, code = ""]) => `'sha256-${createHash("sha256").update(code).digest("base64")}'`,
  )
  return [
    "default-src 'none'",
    `script-src 'self' ${scripts.join(" ")}`,
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ")
}
