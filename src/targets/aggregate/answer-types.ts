/** The types that the parts of an aggregate have in the editor, as text for the declaration file. */
export const answerTypes = `/** The answer of a part without a schema: a JSON value. */
export type Answer = any

/** A JSON value that stands in for an answer. */
export type Json = string | number | boolean | null | object

type JsonType = "object" | "array" | "string" | "number" | "integer" | "boolean" | "null"

/** A JSON Schema (2020-12) of what a service answers. */
export interface JsonSchema {
  readonly type?: JsonType | readonly JsonType[] | (string & {}) | readonly string[]
  readonly properties?: { readonly [name: string]: JsonSchema | boolean }
  readonly required?: readonly string[]
  readonly additionalProperties?: JsonSchema | boolean
  readonly items?: JsonSchema | boolean
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly allOf?: readonly JsonSchema[]
  readonly format?: string
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
}

type Plain = { string: string; number: number; integer: number; boolean: boolean; null: null }

type Named<T, R> = { readonly [K in keyof T as K extends R ? K : never]: ValueOf<T[K]> } & {
  readonly [K in keyof T as K extends R ? never : K]?: ValueOf<T[K]>
}

type ObjectOf<T> = T extends { readonly properties: infer F }
  ? Value<Named<F, T extends { readonly required: readonly (infer R)[] } ? R : never>>
  : { readonly [name: string]: Answer }

type Value<T> = { [K in keyof T]: T[K] }

type OfType<T, K> = K extends keyof Plain
  ? Plain[K]
  : K extends "array"
    ? readonly (T extends { readonly items: infer I } ? ValueOf<I> : Answer)[]
    : K extends "object"
      ? ObjectOf<T>
      : Answer

/** The type of the values that a JSON Schema lets through. */
export type ValueOf<T> = T extends { readonly const: infer C }
  ? unknown extends C ? Answer : C
  : T extends { readonly enum: readonly (infer E)[] }
    ? E
    : T extends { readonly anyOf: readonly (infer A)[] } | { readonly oneOf: readonly (infer A)[] }
      ? ValueOf<A>
      : T extends { readonly type: readonly (infer K)[] }
        ? OfType<T, K>
        : T extends { readonly type: infer K }
          ? OfType<T, K>
          : Answer

// A text or a number is what is left of \`forEach\`: the value is then a list.
type Lists<T> = Extract<T, string | number>
type Schemas<T> = Exclude<T, string | number>

/** The answer of a part, as far as its schema tells. */
export type AnswerOf<T> = unknown extends T
  ? Answer
  : [Lists<T>] extends [never]
    ? ValueOf<T>
    : readonly ([Schemas<T>] extends [never] ? Answer : ValueOf<Schemas<T>>)[]

/** The answers of the other parts; of those that a part needs, near or far, they are there. */
export type Answers<P, N extends keyof P> = { readonly [K in Exclude<keyof P, N>]: AnswerOf<P[K]> }

/** The answers of all parts. */
export type AllAnswers<P> = P extends string | number
  ? { readonly [name: string]: Answer }
  : { readonly [K in keyof P]: AnswerOf<P[K]> }

/** What the functions of an aggregate are told about the client's request. */
export interface AggregateRequest {
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly headers: Headers
  /** The value in the client's body, if there is one. */
  readonly body: Answer
}

/** A request that a function makes for a part. */
export interface PartRequest {
  readonly method?: Method
  /** Below the service, without a query; values in it have to be escaped: \`/users/\${encodeURIComponent(id)}\`. */
  readonly path: \`/\${string}\`
  readonly query?: { readonly [name: string]: QueryValue | readonly QueryValue[] }
  readonly headers?: { readonly [name: string]: string | undefined }
  /** Sent as JSON. */
  readonly body?: unknown
}

type QueryValue = string | number | boolean | null | undefined

/** Why a part failed, for its fallback. */
export interface PartError {
  readonly status: number
  /** "error_status", "unreachable", "timeout", "invalid_answer", … */
  readonly code: string
  readonly message: string
  /** What the service answered with its error status, if it could be read. */
  readonly body?: Answer
}
`
