import { type Codec, deepest, defineFormat } from "./format.ts"
import { readMsgpack } from "./msgpack-read.ts"
import { writeMsgpack } from "./msgpack-write.ts"

/** What can be said about MessagePack. */
export interface MsgpackOptions {
  /** How deep lists and objects may be nested; 200 otherwise. */
  depth?: number
}

/** Read: bytes are base64, times are texts (ISO 8601), integers are numbers. Written: what JSON knows. */
export const msgpack = defineFormat<MsgpackOptions>({
  name: "msgpack",
  about: "MessagePack.",
  types: ["application/vnd.msgpack", "application/msgpack", "application/x-msgpack"],
  codec({ depth = deepest } = {}): Codec {
    return { read: (bytes) => readMsgpack(bytes, depth), write: (value) => writeMsgpack(value, depth) }
  },
})
