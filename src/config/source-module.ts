import { dirname, isAbsolute, resolve } from "node:path"

import { parse, parseExpression } from "@babel/parser"

type Program = ReturnType<typeof parse>["program"]
type Statement = Program["body"][number]
type Of<Type extends Statement["type"]> = Extract<Statement, { type: Type }>
type Pattern = Of<"VariableDeclaration">["declarations"][number]["id"]
export type Expression = Of<"ExpressionStatement">["expression"]
export type ObjectLiteral = Extract<Expression, { type: "ObjectExpression" }>
export type Property = Exclude<ObjectLiteral["properties"][number], { type: "SpreadElement" }>
type Value = Extract<Property, { type: "ObjectProperty" }>["value"]
export type FunctionNode =
  | Of<"FunctionDeclaration">
  | Extract<Expression, { type: "ArrowFunctionExpression" | "FunctionExpression" }>
  | Extract<Property, { type: "ObjectMethod" }>
/** Everything in a source file that can stand for a value; a whole program stands for its namespace object. */
export type Node = Program | Expression | FunctionNode | Value

/** A value in a source file: the node, or what is found at the keys `within` it, or else `otherwise`. */
export interface Spot {
  module: Module
  node: Node
  scope: Scope
  within?: readonly string[] | undefined
  otherwise?: Spot | undefined
}

type Binding = () => Spot | undefined

/** The names that can be used at one point of a file. */
export interface Scope {
  names: Map<string, Binding>
  parent?: Scope | undefined
}

/** One parsed source file. */
export interface Module {
  file: string
  source: string
  root: Program | Expression
  scope: Scope
  exports: Map<string, Binding>
  /** The files whose exports it hands on with `export * from`. */
  stars: string[]
}

/** The source files around a config. */
export interface Modules {
  open(file: string): Module | undefined
  imported(from: Module, specifier: string): Module | undefined
  exported(module: Module, name: string): Spot | undefined
}

/** Opens source files through `read`, which answers undefined for a file that is not there; parses each at most once. */
export function sourceModules(read: (file: string) => string | undefined): Modules {
  const opened = new Map<string, Module | undefined>()
  const searching = new Set<string>()

  function open(file: string): Module | undefined {
    if (!opened.has(file)) opened.set(file, load(file))
    return opened.get(file)
  }

  function load(file: string): Module | undefined {
    try {
      const source = read(file)?.replace(/^\uFEFF/, "")
      if (source === undefined) return undefined
      const root = parsed(file, source)
      const module: Module = { file, source, root, scope: { names: new Map() }, exports: new Map(), stars: [] }
      if (root.type === "Program") for (const statement of root.body) enter(statement, module)
      else module.exports.set("default", () => whole(module))
      return module
    } catch {
      return undefined
    }
  }

  function enter(statement: Statement, module: Module): void {
    const { scope, exports } = module
    switch (statement.type) {
      case "ImportDeclaration":
        for (const specifier of statement.specifiers) {
          let name = "default"
          if (specifier.type === "ImportSpecifier") name = text(specifier.imported)
          if (specifier.type === "ImportNamespaceSpecifier") name = "*"
          scope.names.set(specifier.local.name, () => taken(module, statement.source.value, name))
        }
        return
      case "ExportAllDeclaration":
        module.stars.push(statement.source.value)
        return
      case "ExportDefaultDeclaration": {
        const { declaration: node } = statement
        if (node.type === "ClassDeclaration" || node.type === "TSDeclareFunction") return
        if (node.type === "FunctionDeclaration") declare([node], module, scope)
        // With two default exports the first one counts; the second is the mistake.
        if (!exports.has("default")) exports.set("default", () => ({ module, node, scope }))
        return
      }
      case "TSExportAssignment":
        exports.set("default", () => ({ module, node: statement.expression, scope }))
        return
      case "ExportNamedDeclaration": {
        const own: Scope = { names: new Map(), parent: scope }
        if (statement.declaration) declare([statement.declaration], module, own)
        for (const [name, binding] of own.names) {
          scope.names.set(name, binding)
          exports.set(name, binding)
        }
        for (const specifier of statement.specifiers) {
          const from = statement.source?.value
          const name = specifier.type === "ExportSpecifier" ? specifier.local.name : "*"
          const binding = (): Spot | undefined => (from ? taken(module, from, name) : scope.names.get(name)?.())
          exports.set(text(specifier.exported), binding)
        }
        return
      }
      default:
        declare([statement], module, scope)
    }
  }

  function imported(from: Module, specifier: string): Module | undefined {
    if (!specifier.startsWith(".") && !isAbsolute(specifier)) return undefined
    for (const file of spellings(resolve(dirname(from.file), specifier))) {
      const module = open(file)
      if (module) return module
    }
    return undefined
  }

  function taken(from: Module, specifier: string, name: string): Spot | undefined {
    const module = imported(from, specifier)
    if (!module) return undefined
    return name === "*" ? whole(module) : exported(module, name)
  }

  function exported(module: Module, name: string): Spot | undefined {
    // Files may re-export each other in a circle.
    const search = `${module.file}\0${name}`
    if (searching.has(search)) return undefined
    searching.add(search)
    try {
      const found = module.exports.get(name)?.()
      if (found || name === "default") return found
      if (module.root.type !== "Program") return { ...whole(module), within: [name] }
      for (const star of module.stars) {
        const handedOn = taken(module, star, name)
        if (handedOn) return handedOn
      }
      return undefined
    } finally {
      searching.delete(search)
    }
  }

  return { open, imported, exported }
}

/** The spot that stands for a whole file: the namespace of a program, the value of a JSON file. */
export function whole(module: Module): Spot {
  return { module, node: module.root, scope: module.scope }
}

/** Adds the names that `statements` declare to `scope`. */
export function declare(statements: readonly Statement[], module: Module, scope: Scope): void {
  for (const statement of statements) {
    if (statement.type === "FunctionDeclaration" && statement.id) {
      scope.names.set(statement.id.name, () => ({ module, node: statement, scope }))
    } else if (statement.type === "VariableDeclaration") {
      for (const { id, init: node } of statement.declarations) {
        if (node) bind(id, () => ({ module, node, scope }), module, scope)
      }
    }
  }
}

/** Adds the names in a pattern such as `{ auth, ...rest }`, taken from the value `to`, to `scope`. */
export function bind(pattern: Pattern | Value, to: Binding, module: Module, scope: Scope): void {
  const part = (key: string): Binding => {
    return () => {
      const spot = to()
      return spot && { ...spot, within: [...(spot.within ?? []), key] }
    }
  }
  switch (pattern.type) {
    case "Identifier":
      scope.names.set(pattern.name, to)
      return
    case "AssignmentPattern": {
      const otherwise: Spot = { module, node: pattern.right, scope }
      const binding = (): Spot => {
        const spot = to()
        return spot ? { ...spot, otherwise } : otherwise
      }
      bind(pattern.left, binding, module, scope)
      return
    }
    case "RestElement":
      bind(pattern.argument, to, module, scope)
      return
    case "ArrayPattern":
      pattern.elements.forEach((element, index) => {
        if (element && element.type !== "RestElement") bind(element, part(String(index)), module, scope)
      })
      return
    case "ObjectPattern":
      for (const property of pattern.properties) {
        if (property.type === "RestElement") bind(property, to, module, scope)
        else if (!property.computed && (property.key.type === "Identifier" || property.key.type === "StringLiteral"))
          bind(property.value, part(text(property.key)), module, scope)
      }
  }
}

/** Every statement of a function's body, also those inside its blocks, but not those of functions inside it. */
export function statementsOf(statements: readonly (Statement | null | undefined)[]): Statement[] {
  return statements.flatMap((statement) => {
    switch (statement?.type) {
      case undefined:
        return []
      case "BlockStatement":
        return statementsOf(statement.body)
      case "IfStatement":
        return statementsOf([statement.consequent, statement.alternate])
      case "TryStatement":
        return statementsOf([statement.block, statement.handler?.body, statement.finalizer])
      case "SwitchStatement":
        return statementsOf(statement.cases.flatMap((branch) => branch.consequent))
      case "ForStatement":
      case "ForOfStatement":
      case "ForInStatement":
      case "WhileStatement":
      case "DoWhileStatement":
      case "LabeledStatement":
        return statementsOf([statement.body])
      default:
        return statement ? [statement] : []
    }
  })
}

function text(name: { type: "Identifier"; name: string } | { type: "StringLiteral"; value: string }): string {
  return name.type === "Identifier" ? name.name : name.value
}

function parsed(file: string, source: string): Program | Expression {
  if (/\.json[c5]?$/i.test(file)) return parseExpression(source, { errorRecovery: true })
  const jsx = /x$/i.test(file) ? (["jsx"] as const) : []
  return parse(source, {
    sourceType: "module",
    errorRecovery: true,
    allowReturnOutsideFunction: true,
    plugins: ["typescript", "explicitResourceManagement", ...jsx],
  }).program
}

function spellings(target: string): string[] {
  const endings = [".ts", ".tsx", ".mts", ".js", ".mjs", ".json"]
  // TypeScript lets a file import "./x.js" and mean x.ts.
  const typed = /\.[mc]?js$/.test(target) ? [target.replace(/js$/, "ts")] : []
  const extended = endings.flatMap((ending) => target + ending)
  return [target, ...typed, ...extended, ...endings.map((ending) => resolve(target, `index${ending}`))]
}
