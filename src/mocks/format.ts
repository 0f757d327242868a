import type { MockFunction } from "./request.ts"

/** Something wrong with a mock, with its place in the file where that is known. */
export interface MockProblem {
  /** E601 the name, E602 the content, E603 two files for the same requests, E605 a route names a file that is not there. */
  code: "E601" | "E602" | "E603" | "E605"
  /** The file on disk. */
  file: string
  message: string
  fix?: string
  line?: number
  column?: number
}

/** One file as a format sees it. */
export interface MockFile {
  /** The file on disk. */
  readonly path: string
  /** The file as messages name it: `mocks/cart/cart.GET.json`. */
  readonly name: string
  /** Without its dot, in lower case. */
  readonly extension: string
  bytes(): Promise<Uint8Array<ArrayBuffer>>
}

/** What formats need from outside. */
export interface MockTools {
  /** Runs a module of the user's, fresh for each generation of the config. */
  importModule(file: string): Promise<unknown>
}

/** A mock made ready: bytes that never change, or a function to be asked. */
export type MockAnswer = FixedAnswer | { readonly run: MockFunction }

/** An answer that is the same for everybody. */
export interface FixedAnswer {
  /** Absent where the status allows no body. */
  readonly type: string | undefined
  readonly body: Uint8Array<ArrayBuffer>
  /** The value in the body, where it is JSON. */
  readonly sample?: unknown
}

/** One kind of file that mocks may be. */
export interface MockFormat {
  readonly name: string
  /** One sentence for the reference. */
  readonly about: string
  readonly extensions: readonly string[]
  /** True when the file alone decides the answer: while it does not change, it is not read again. */
  readonly selfContained: boolean
  /** Does the work once, when the file is read; throws a `MockFault` about what is wrong with the file. */
  load(file: MockFile, tools: MockTools): MockAnswer | Promise<MockAnswer>
}

/** Declares a mock format. */
export const defineMockFormat = (format: MockFormat): MockFormat => format

/** What a format has against a file. */
export class MockFault extends Error {
  readonly code: MockProblem["code"]
  readonly more: { readonly fix?: string; readonly line?: number; readonly column?: number }

  constructor(code: MockProblem["code"], message: string, more: MockFault["more"] = {}) {
    super(message)
    this.code = code
    this.more = more
  }
}
