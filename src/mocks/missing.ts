import { GatewayError } from "../core/errors.ts"
import type { Exchange } from "../core/exchange.ts"
import { list } from "../core/schema.ts"
import { nearest } from "../core/suggest.ts"
import { mockFileName, standardVariant } from "./file-name.ts"
import { decoded, type MockSegment, pathSegments } from "./segments.ts"
import type { ListedMock, MockTable } from "./table.ts"

/** Why no mock answers an exchange, and which file would. */
export function missingMock(table: MockTable | undefined, service: string, exchange: Exchange): GatewayError {
  const { method } = exchange
  const path = short(exchange.path)
  const listed = table?.list() ?? []
  const segments = pathSegments(exchange.path)
  const create = segments
    ? ` Create ${short(mockFileName(service, method === "HEAD" ? "GET" : method, sketch(segments, listed)))}.`
    : ""
  const { methods, variants } = table?.near(exchange) ?? { methods: [], variants: [] }

  if (methods.length > 0 && variants.length === 0)
    return new GatewayError(
      "method_not_allowed",
      `The mocks of service "${service}" answer ${list(methods, "and")} on ${path}, not ${method}.${create}`,
      { headers: { allow: methods.join(", ") } },
    )
  const variant = variants.find((name) => name !== standardVariant)
  const only =
    variant === undefined ? "" : ` Its variants answer when asked for: send the header x-bellhop-mock: ${variant}.`
  const close = nearestMocks(segments ?? [], exchange.path, listed)
  const closest =
    close.length === 0 || only
      ? ""
      : ` Nearest: ${close.map((mock) => `mocks/${mock.file} (${mock.method} ${mock.path})`).join(", ")}.`
  return new GatewayError(
    "mock_not_found",
    `No mock of service "${service}" answers ${method} ${path}.${create}${only}${closest}`,
  )
}

const short = (text: string): string => (text.length > 200 ? `${text.slice(0, 199)}…` : text)

const stepsOf = (mock: ListedMock): string[] => (mock.path === "/" ? [] : mock.path.slice(1).split("/"))

/** The pattern that a path most likely belongs to: as far as there are mocks, theirs; then `[id]` for what looks like one. */
function sketch(path: readonly string[], listed: readonly ListedMock[]): MockSegment[] {
  let alike = listed.map(stepsOf)
  const used = new Set<string>()
  return path.map((text, index) => {
    const same = alike.filter((steps) => decoded(steps[index] ?? ":") === text)
    const open = same.length > 0 ? [] : alike.filter((steps) => steps[index]?.startsWith(":"))
    alike = same.length > 0 ? same : open
    const param = open[0]?.[index]?.slice(1) ?? (same.length === 0 && isId(text) ? "id" : undefined)
    if (param === undefined) return { text }
    let name = param
    for (let count = 2; used.has(name); count++) name = `${param}${count}`
    used.add(name)
    return { param: name }
  })
}

const isId = (text: string): boolean =>
  /^\d+$|^[A-Za-z]{1,8}[-_]\d+$|^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text) ||
  (text.length >= 16 && /\d/.test(text) && /^[\w-]+$/.test(text))

function nearestMocks(path: readonly string[], raw: string, listed: readonly ListedMock[]): ListedMock[] {
  const scored = listed.map((mock) => {
    const steps = stepsOf(mock)
    let common = 0
    while (common < path.length && fits(steps[common], path[common])) common++
    return { mock, common, apart: Math.abs(steps.length - path.length) }
  })
  const alike = scored
    .filter(({ common }) => common > 0)
    .toSorted((one, other) => other.common - one.common || one.apart - other.apart)
  const meant = nearest(
    raw,
    listed.map((mock) => mock.path),
  )
  const misspelt = listed.filter((mock) => mock.path === meant)
  return [...new Set([...misspelt, ...alike.map(({ mock }) => mock)])].slice(0, 3)
}

const fits = (step: string | undefined, segment: string | undefined): boolean =>
  step !== undefined && segment !== undefined && (step === "*" || step.startsWith(":") || decoded(step) === segment)
