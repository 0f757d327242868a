import { csv } from "./csv.ts"
import { form } from "./form.ts"
import type { Format } from "./format.ts"
import { json } from "./json.ts"
import { msgpack } from "./msgpack.ts"
import { xml } from "./xml.ts"
import { yaml } from "./yaml.ts"

/** The shelf of formats: what bodies may be read as and written as. */
export const formats: readonly Format[] = [json, xml, form, yaml, csv, msgpack]
