import { parse } from "@babel/parser"

/** What the rules of the house need to know about one TypeScript file. */
export interface SourceFacts {
  imports: { specifier: string; line: number }[]
  comments: { text: string; line: number }[]
  /** Lines that use the type any. */
  anys: number[]
  /** Names of exported values that are parts: made by a define… function or given the type of a part. */
  parts: string[]
  /** Why the file cannot be read. */
  broken?: string
}

interface Node {
  type: string
  loc?: { start: { line: number } } | null
  [key: string]: unknown
}

// Parts that are made without a define… function say what they are by their type.
const partTypes = new Set(["Command"])

/** Reads the facts off a file; a real parser, because templates and comments may contain whole programs. */
export function sourceFacts(code: string): SourceFacts {
  const facts: SourceFacts = { imports: [], comments: [], anys: [], parts: [] }
  try {
    const tree = parse(code, { sourceType: "module", plugins: ["typescript"] })
    facts.comments = (tree.comments ?? []).map(({ value, loc }) => ({ text: value.trim(), line: loc?.start.line ?? 1 }))
    walk(tree.program, (node) => note(node, facts))
  } catch (error) {
    facts.broken = error instanceof Error ? error.message : String(error)
  }
  return facts
}

function note(node: Node, facts: SourceFacts): void {
  const line = node.loc?.start.line ?? 1
  const specifier = importedBy(node)
  if (specifier !== undefined) facts.imports.push({ specifier, line })
  if (node.type === "TSAnyKeyword") facts.anys.push(line)
  if (node.type === "ExportNamedDeclaration") facts.parts.push(...partsOf(node))
}

function importedBy(node: Node): string | undefined {
  switch (node.type) {
    case "ImportDeclaration":
    case "ExportNamedDeclaration":
    case "ExportAllDeclaration":
    case "ImportExpression":
      return textOf(node.source)
    case "TSImportType":
      return textOf(node.argument)
    case "CallExpression": {
      const callee = node.callee
      const loads = isNode(callee) && (callee.type === "Import" || callee.name === "require")
      return loads && Array.isArray(node.arguments) ? textOf(node.arguments[0]) : undefined
    }
    default:
      return undefined
  }
}

function partsOf(exported: Node): string[] {
  const declaration = exported.declaration
  if (!isNode(declaration) || !Array.isArray(declaration.declarations)) return []
  return declaration.declarations.filter(isNode).flatMap(({ id, init }) => {
    if (!isNode(id) || typeof id.name !== "string") return []
    return isDefined(init) || partTypes.has(typeNameOf(id.typeAnnotation) ?? "") ? [id.name] : []
  })
}

function isDefined(init: unknown): boolean {
  if (!isNode(init)) return false
  if (init.type === "TSSatisfiesExpression" || init.type === "TSAsExpression") {
    return partTypes.has(typeNameOf(init) ?? "") || isDefined(init.expression)
  }
  const callee = init.type === "CallExpression" ? init.callee : undefined
  return isNode(callee) && typeof callee.name === "string" && /^define[A-Z]/.test(callee.name)
}

/** The name in an annotation such as `: Command`. */
function typeNameOf(annotated: unknown): string | undefined {
  const type = isNode(annotated) ? annotated.typeAnnotation : undefined
  const name = isNode(type) ? type.typeName : undefined
  return isNode(name) && typeof name.name === "string" ? name.name : undefined
}

function textOf(literal: unknown): string | undefined {
  if (!isNode(literal)) return undefined
  // An older shape of import types wraps the string in a type.
  if (isNode(literal.literal)) return textOf(literal.literal)
  return typeof literal.value === "string" ? literal.value : undefined
}

function walk(node: unknown, visit: (node: Node) => void): void {
  if (!isNode(node)) return
  visit(node)
  for (const [key, value] of Object.entries(node)) {
    if (key === "loc" || key.endsWith("Comments")) continue
    for (const child of Array.isArray(value) ? value : [value]) walk(child, visit)
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string"
}
