import { about, listOf, object, type Of, optional, record, type Schema } from "../../core/schema.ts"
import { flag, integer, oneOf, text } from "../../core/values.ts"
import type { Format } from "../../formats/format.ts"
import { formats } from "../../formats/index.ts"
import { xml } from "../../formats/xml.ts"

const pathOf = (): Schema<string> =>
  text({ expected: 'a path such as "order.items.item"', pattern: /^[^.]+(?:\.[^.]+)*$/ })

const xmlFields = {
  attributePrefix: about('What the names of attributes begin with; "@" otherwise.', optional(text())),
  textKey: about(
    'The name of an element\'s own text beside attributes and elements; "#text" otherwise.',
    optional(text()),
  ),
  arrays: about("Elements that are always lists, with one item or without any.", optional(listOf(pathOf()))),
  lists: about(
    'Elements that stand for a list, with the name of their items: { "order.items": "item" }.',
    optional(record(text({ expected: "the name of an element", pattern: /./ }), pathOf())),
  ),
  values: about(
    "True: numbers and truth values are no texts, and null is xsi:nil; otherwise all is text.",
    optional(flag()),
  ),
  depth: about("How deep elements may be nested; 200 otherwise.", optional(integer(1, 1000))),
}

const xmlShape = object({
  ...xmlFields,
  root: about(
    "The root element: around every value that is written, and taken off what is read.",
    optional(text({ expected: "the name of an element", pattern: /./ })),
  ),
  cdata: about("Elements whose text is written as a CDATA section.", optional(listOf(pathOf()))),
  namespaces: about(
    'Names with their prefixes, and declarations of namespaces: "keep", which is the standard, or "strip" when they are read.',
    optional(oneOf("keep", "strip")),
  ),
  declaration: about('False: written without <?xml version="1.0" encoding="UTF-8"?>.', optional(flag())),
  indent: about("How many spaces elements are set in by; otherwise all is on one line.", optional(integer(0, 8))),
})

/** The same options without those that say nothing, as the formats take them. */
export type Said<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

/** Options without those that are not there. */
export const said = <T extends object>(options: T): Said<T> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Said<T>

/** Options of XML whose names can be told apart. */
function told<T extends { attributePrefix: string | undefined; textKey: string | undefined }>(
  of: Schema<T>,
): Schema<T> {
  return {
    ...of,
    parse(value, path, report) {
      let sound = true
      const parsed = of.parse(value, path, (problem) => {
        sound = false
        report(problem)
      })
      if (!sound) return parsed
      try {
        const { attributePrefix, textKey } = parsed
        xml.with(said({ attributePrefix, textKey }))
      } catch (error) {
        report({ code: "E204", path, message: (error as Error).message })
      }
      return parsed
    },
  }
}

/** How XML is read and written. */
export const xmlOptions = told(xmlShape)

/** How the XML in envelopes is read and written: they have a root of their own, and prefixes. */
export const envelopeOptions = told(object(xmlFields))

/** How tables are read and written. */
export const csvOptions = object({
  separator: about('What stands between fields; "," otherwise.', optional(oneOf(",", ";", "\t", "|"))),
  formulas: about(
    'What spreadsheets would run: "disarm", which is the standard, puts a \' before it, or "keep".',
    optional(oneOf("disarm", "keep")),
  ),
})

/** How forms are read and written. */
export const formOptions = object({
  arrays: about(
    "Fields that are always lists; the others are lists when they come more than once.",
    optional(listOf(text())),
  ),
  fields: about("How many fields a form may have; 1,000 otherwise.", optional(integer(1))),
})

/** The formats by name, with the options of one side. */
export interface Chosen {
  readonly xml?: Of<typeof xmlOptions> | undefined
  readonly csv?: Of<typeof csvOptions> | undefined
  readonly form?: Of<typeof formOptions> | undefined
}

/** The name of a format. */
export type FormatName = "json" | "xml" | "form" | "yaml" | "csv" | "msgpack"

/** What a format is called in a config. */
export const formatName = () => oneOf("json", "xml", "form", "yaml", "csv", "msgpack")

/** The formats of a side, by name, with its options. */
export function formatsOf(chosen: Chosen): ReadonlyMap<string, Format> {
  const { xml: ofXml, csv: ofCsv, form: ofForm } = chosen
  const own = new Map<string, object>()
  if (ofXml) own.set("xml", { ...said(ofXml), ...(ofXml.lists && { lists: Object.fromEntries(ofXml.lists) }) })
  if (ofCsv) own.set("csv", said(ofCsv))
  if (ofForm) own.set("form", said(ofForm))
  return new Map(
    formats.map((format) => {
      const options = own.get(format.name)
      return [format.name, options ? format.with(options) : format] as const
    }),
  )
}
