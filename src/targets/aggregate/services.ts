import { isSafe } from "./call.ts"
import type { Part } from "./part-options.ts"

/** Every service that the parts call, to undo as well, each as often as it is named. */
export const servicesOf = (parts: ReadonlyMap<string, Part>): string[] =>
  [...parts.values()].flatMap((part) => [
    ...(part.call ? [part.call.service] : part.service === undefined ? [] : [part.service]),
    ...(part.aggregate ? servicesOf(part.aggregate) : []),
    ...(part.compensate ? [part.compensate.call.service] : []),
  ])

/** The services of the calls that may change something; a call for each item of a list counts as several. */
export const changedBy = (parts: ReadonlyMap<string, Part>): string[] =>
  [...parts.values()].flatMap((part) => {
    const own = part.call
      ? isSafe(part.call.method)
        ? []
        : [part.call.service]
      : part.service === undefined
        ? []
        : [part.service]
    const all = [
      ...own,
      ...(part.aggregate ? changedBy(part.aggregate) : []),
      ...(part.compensate ? [part.compensate.call.service] : []),
    ]
    return part.forEach ? [...all, ...all] : all
  })
