import {
  bind,
  declare,
  type Expression,
  type FunctionNode,
  type Modules,
  type Node,
  type Property,
  type Spot,
  statementsOf,
  whole,
} from "./source-module.ts"

/** One value that an object or list may have under a key. */
export interface Member {
  /** Where the key is written; absent for list elements and exports. */
  key?: Spot | undefined
  value: Spot
  /** Whether nothing that stands before it in the source can be the value instead. */
  certain: boolean
}

/** Reads values off source code without running it. */
export interface Follow {
  /** The nodes that make up the value of a spot: one, or several where a condition decides, or the spot itself. */
  alternatives(spot: Spot): Spot[]
  /** What an alternative holds under a key, the likeliest first. */
  members(spot: Spot, key: string): Member[]
  /** The values that a function may return when it is called with `args`. */
  returned(spot: Spot, args?: readonly Spot[]): Spot[]
  /** The name of a property if it can be told without running the code. */
  nameOf(property: Property, spot: Spot): string | undefined
  /** The spot where the value of a spot is written down: where a name leads to, as far as there is only one way. */
  origin(spot: Spot): Spot
}

// Enough for any config a person writes; a circle of names or a tower of conditions ends here.
const deepest = 120

/** Starts a walk over source code, bounded in depth and in steps. */
export function follow(modules: Modules, mostSteps: number): Follow {
  let depth = 0
  let steps = 0

  function alternatives(spot: Spot): Spot[] {
    if (depth >= deepest || ++steps > mostSteps) return []
    depth++
    try {
      return unfold(spot)
    } finally {
      depth--
    }
  }

  function unfold(spot: Spot): Spot[] {
    const { node } = spot
    if (isPart(spot)) return partOf(spot).flatMap(alternatives)
    const at = (next: Node): Spot[] => alternatives({ ...spot, node: next })
    switch (node.type) {
      case "ConditionalExpression":
        return [...at(node.consequent), ...at(node.alternate)]
      case "LogicalExpression":
        return node.operator === "&&" ? [...at(node.right), ...at(node.left)] : [...at(node.left), ...at(node.right)]
      case "CallExpression":
      case "OptionalCallExpression":
        return called(node, spot)
      default: {
        const next = steppedFrom(spot)
        const found = next?.flatMap(alternatives) ?? []
        return found.length > 0 ? found : [spot]
      }
    }
  }

  /** One step along a chain that does not change the value: out of parentheses, from a name to what it stands for. */
  function steppedFrom(spot: Spot): Spot[] | undefined {
    const { node, module } = spot
    if (isPart(spot)) return partOf(spot)
    switch (node.type) {
      case "ParenthesizedExpression":
      case "TSAsExpression":
      case "TSSatisfiesExpression":
      case "TSNonNullExpression":
      case "TSTypeAssertion":
      case "TSInstantiationExpression":
        return [{ ...spot, node: node.expression }]
      case "AwaitExpression":
        return [{ ...spot, node: node.argument }]
      case "AssignmentExpression":
        return [{ ...spot, node: node.right }]
      case "ImportExpression": {
        const loaded = node.source.type === "StringLiteral" && modules.imported(module, node.source.value)
        return loaded ? [whole(loaded)] : undefined
      }
      case "Identifier": {
        const bound = lookUp(spot, node.name)
        return bound && [bound]
      }
      case "MemberExpression":
      case "OptionalMemberExpression": {
        if (node.object.type === "Super" || node.property.type === "PrivateName") return undefined
        const key = node.computed ? constant({ ...spot, node: node.property }) : plainName(node.property)
        if (key === undefined) return undefined
        const owners = alternatives({ ...spot, node: node.object })
        return owners.flatMap((owner) => members(owner, key).map((member) => member.value))
      }
      default:
        return undefined
    }
  }

  function partOf({ within = [], otherwise, ...outer }: Spot): Spot[] {
    let found: Spot[] = [outer]
    for (const key of within) {
      found = found.flatMap(alternatives).flatMap((owner) => members(owner, key).map((member) => member.value))
    }
    return found.length === 0 && otherwise ? [otherwise] : found
  }

  function lookUp(spot: Spot, name: string): Spot | undefined {
    for (let scope: Spot["scope"] | undefined = spot.scope; scope; scope = scope.parent) {
      const binding = scope.names.get(name)
      if (binding) return binding()
    }
    return undefined
  }

  // What a call returns if the function is at hand, and in any case what goes in: defineGateway(x), Object.freeze(x),
  // merge(base, x). The last argument comes first because in all merging functions the later one wins.
  function called(
    call: Extract<Expression, { type: "CallExpression" | "OptionalCallExpression" }>,
    spot: Spot,
  ): Spot[] {
    const { callee } = call
    if (callee.type === "Import") {
      const [source] = call.arguments
      const loaded = source?.type === "StringLiteral" && modules.imported(spot.module, source.value)
      return loaded ? [whole(loaded)] : [spot]
    }
    const args: Spot[] = []
    for (const node of call.arguments) {
      if (node.type !== "SpreadElement" && node.type !== "ArgumentPlaceholder") args.push({ ...spot, node })
    }
    const named = callee.type !== "Super" && callee.type !== "V8IntrinsicIdentifier"
    const functions = named ? alternatives({ ...spot, node: callee }) : []
    const results = functions.flatMap((target) => returned(target, args))
    const found = [...results, ...args.toReversed()].flatMap(alternatives)
    return found.length > 0 ? found : [spot]
  }

  function returned(spot: Spot, args: readonly Spot[] = []): Spot[] {
    const { node, module } = spot
    if (!isFunction(node)) return []
    const scope: Spot["scope"] = { names: new Map(), parent: spot.scope }
    node.params.forEach((parameter, index) => {
      const given = args[index]
      if (parameter.type !== "RestElement") bind(parameter, () => given, module, scope)
    })
    if (node.body.type !== "BlockStatement") return [{ module, node: node.body, scope }]
    const statements = statementsOf(node.body.body)
    declare(statements, module, scope)
    return statements.flatMap((statement) =>
      statement.type === "ReturnStatement" && statement.argument ? [{ module, node: statement.argument, scope }] : [],
    )
  }

  function members(spot: Spot, key: string): Member[] {
    const { node, module } = spot
    if (node.type === "ObjectExpression") return properties(spot, node, key)
    if (node.type === "ArrayExpression") return element(spot, Number(key))
    if (isFunction(node))
      return returned(spot)
        .flatMap(alternatives)
        .flatMap((result) => members(result, key))
    if (node.type !== "Program") return []
    const value = modules.exported(module, key)
    return value ? [{ value, certain: true }] : []
  }

  function properties(spot: Spot, object: Extract<Node, { type: "ObjectExpression" }>, key: string): Member[] {
    const found: Member[] = []
    for (const property of object.properties.toReversed()) {
      if (property.type === "SpreadElement") {
        const sources = alternatives({ ...spot, node: property.argument })
        for (const source of sources) found.push(...members(source, key))
        const last = found.at(-1)
        if (last && sources.length > 1) last.certain = false
        if (last?.certain) return found
      } else if (nameOf(property, spot) === key) {
        const node = property.type === "ObjectMethod" ? property : property.value
        found.push({ key: { ...spot, node: property.key as Expression }, value: { ...spot, node }, certain: true })
        return found
      }
    }
    return found
  }

  function element(spot: Spot, index: number): Member[] {
    const elements = elementsOf(spot)
    const value = elements[index]
    return value ? [{ value, certain: true }] : []
  }

  /** The elements of a list up to the first spread that cannot be followed, since their positions are unknown then. */
  function elementsOf(spot: Spot): (Spot | undefined)[] {
    if (spot.node.type !== "ArrayExpression") return []
    const found: (Spot | undefined)[] = []
    for (const node of spot.node.elements) {
      if (node?.type !== "SpreadElement") {
        found.push(node ? { ...spot, node } : undefined)
        continue
      }
      const [source, ...others] = alternatives({ ...spot, node: node.argument })
      if (source?.node.type !== "ArrayExpression" || others.length > 0) break
      found.push(...elementsOf(source))
    }
    return found
  }

  function nameOf(property: Property, spot: Spot): string | undefined {
    if (property.key.type === "PrivateName") return undefined
    return property.computed ? constant({ ...spot, node: property.key }) : plainName(property.key)
  }

  function constant(spot: Spot): string | undefined {
    const [only, ...others] = alternatives(spot)
    if (!only || others.length > 0) return undefined
    const { node } = only
    if (node.type === "StringLiteral" || node.type === "NumericLiteral") return String(node.value)
    if (node.type === "BinaryExpression" && node.operator === "+" && node.left.type !== "PrivateName") {
      const left = constant({ ...only, node: node.left })
      const right = constant({ ...only, node: node.right })
      return left === undefined || right === undefined ? undefined : left + right
    }
    if (node.type !== "TemplateLiteral") return undefined
    let text = ""
    for (const [index, quasi] of node.quasis.entries()) {
      const hole = node.expressions[index]
      const filling = hole ? constant({ ...only, node: hole as Expression }) : ""
      if (filling === undefined) return undefined
      text += (quasi.value.cooked ?? quasi.value.raw) + filling
    }
    return text
  }

  function origin(spot: Spot): Spot {
    const [next, ...others] = steppedFrom(spot) ?? []
    if (!next || next.node.type === "Program" || others.length > 0 || ++steps > mostSteps) return spot
    return origin(next)
  }

  return { alternatives, members, returned, nameOf, origin }
}

/** Whether a node is a function of any kind. */
export function isFunction(node: Node): node is FunctionNode {
  return /^(ArrowFunctionExpression|FunctionExpression|FunctionDeclaration|ObjectMethod)$/.test(node.type)
}

function isPart(spot: Spot): boolean {
  return spot.within !== undefined || spot.otherwise !== undefined
}

function plainName(key: Node): string | undefined {
  if (key.type === "Identifier") return key.name
  if (key.type === "StringLiteral" || key.type === "NumericLiteral") return String(key.value)
  return undefined
}
