import type { JsonSchema } from "./infer.ts"

/** One way to say who asks, as OpenAPI describes it. */
export interface DescribedSecurity {
  /** What the config calls it: "apiKey", "jwt", … */
  name: string
  scheme:
    | { type: "http"; scheme: string }
    | { type: "apiKey"; in: "header" | "query" | "cookie"; name: string }
    | { type: "openIdConnect"; openIdConnectUrl: string }
}

/** The schemes of one document: those that are alike in all but their route are there once. */
export class SecuritySchemes {
  readonly #names = new Map<string, string>()
  readonly #schemes: Record<string, DescribedSecurity["scheme"]> = {}

  /** What an operation asks for: one of these, or nothing as well. */
  required(security: readonly DescribedSecurity[], anonymous: boolean): JsonSchema[] {
    const named = security.map(({ name, scheme }) => ({ [this.#nameOf(name, scheme)]: [] }))
    return anonymous ? [...named, {}] : named
  }

  /** The components that the operations refer to. */
  get components(): JsonSchema {
    return this.#names.size === 0 ? {} : { securitySchemes: this.#schemes }
  }

  #nameOf(name: string, scheme: DescribedSecurity["scheme"]): string {
    const text = JSON.stringify([name, scheme])
    const known = this.#names.get(text)
    if (known !== undefined) return known
    let made = name
    for (let number = 2; Object.hasOwn(this.#schemes, made); number++) made = `${name}${number}`
    this.#names.set(text, made)
    this.#schemes[made] = scheme
    return made
  }
}
