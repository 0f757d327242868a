/** The type that the functions of a transformation are told in, as text for the editor's declaration file. */
export const transformTypes = `/** What the functions of a transformation are told about the client's request. */
export interface TransformRequest {
  /** \`GET\`, \`POST\`, … */
  readonly method: string
  /** The path, without the query. */
  readonly path: string
  /** What the \`:name\` and \`*\` of the route stand for. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly headers: Headers
}
`
