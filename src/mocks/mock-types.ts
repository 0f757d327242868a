/** The types that a mock written in TypeScript imports from "bellhop", as text for the editor's declaration file. */
export const mockTypes = `/** What a mock written in TypeScript is asked. */
export interface MockRequest {
  /** \`GET\`, \`POST\`, … */
  readonly method: string
  /** The path below the service, without the query: \`/users/7\`. */
  readonly path: string
  /** What \`[id]\` and \`[...rest]\` of the file name stand for, decoded. */
  readonly params: { readonly [name: string]: string }
  readonly query: URLSearchParams
  readonly headers: Headers
  /** The body: a value when its content type is JSON, otherwise its text; undefined when there is none. */
  body(): Promise<unknown>
  /** The request itself. Its body can be read once: here or with \`body()\`. */
  readonly request: Request
}

/** A mock that looks at the request: gives a JSON value, a \`Response\`, or nothing for an empty answer. */
export type MockFunction = (request: MockRequest) => unknown
`
