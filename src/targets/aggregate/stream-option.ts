import { oneOf } from "../../core/values.ts"

/** How an answer is sent part by part. */
export type Stream = "ndjson" | "sse" | "multipart"

/** The option of an aggregate. */
export const streamOption = oneOf<Stream>("ndjson", "sse", "multipart")
