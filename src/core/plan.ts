/** Periods as a calendar has them. */
export type CalendarPeriod = "hour" | "day" | "week" | "month" | "year"

/** How much of one meter a plan has in it. */
export interface PlanLimit {
  /** What is counted: "requests", "bytes", or what the quota of a route measures. */
  readonly meter: string
  readonly limit: number
  /** A period of the calendar, or any time of this many milliseconds. */
  readonly per: CalendarPeriod | number
  /** What happens above the limit: nothing more is let through, or all of it is, to be paid for. */
  readonly overage: "deny" | "allow"
}

/** The plans of a config, by name. */
export type Plans = ReadonlyMap<string, readonly PlanLimit[]>
