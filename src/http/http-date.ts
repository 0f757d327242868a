const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

const time = "(\\d\\d):(\\d\\d):(\\d\\d)"
const day = "(?:mon|tue|wed|thu|fri|sat|sun)"
const month = `(${months.join("|")})`

// RFC 9110 section 5.6.7: the one that is written today, and two that are only read.
const fixed = new RegExp(`^${day}, (\\d\\d) ${month} (\\d{4}) ${time} gmt$`, "i")
const rfc850 = new RegExp(`^(?:mon|tues|wednes|thurs|fri|satur|sun)day, (\\d\\d)-${month}-(\\d\\d) ${time} gmt$`, "i")
const asctime = new RegExp(`^${day} ${month} ([ \\d]\\d) ${time} (\\d{4})$`, "i")

/** The milliseconds since 1970 that a date of HTTP says; undefined where it is none. Strict: what is odd is no date. */
export function readHttpDate(text: string): number | undefined {
  const today = fixed.exec(text)
  if (today) return at(today[3], today[2], today[1], today[4], today[5], today[6])
  const old = rfc850.exec(text)
  if (old) return at(String(century(Number(old[3]))), old[2], old[1], old[4], old[5], old[6])
  const older = asctime.exec(text)
  return older ? at(older[6], older[1], older[2], older[3], older[4], older[5]) : undefined
}

// More than fifty years ahead means the century before.
function century(year: number): number {
  const now = new Date().getUTCFullYear()
  const near = now - (now % 100) + year
  return near > now + 50 ? near - 100 : near
}

function at(...[year, name = "", date, hour, minute, second]: (string | undefined)[]): number | undefined {
  const found = Date.UTC(
    Number(year),
    months.indexOf(name.toLowerCase()),
    Number(date),
    Number(hour),
    Number(minute),
    Number(second),
  )
  return Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60 || Number(date) < 1 || Number(date) > 31
    ? undefined
    : found
}
