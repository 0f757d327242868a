import { describe, expect, it } from "vitest"

import { Listening } from "./parsed-response.ts"

const switching = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"

describe("ResponseParser after a request for another protocol", () => {
  const upgraded = (): Listening => {
    const made = new Listening()
    made.expect("GET")
    made.parser.expect("GET", true)
    return made
  }

  it("takes a 101 for the answer, and every byte behind it for the body", () => {
    const one = upgraded()
    one.push(`${switching}\x81\x02hi`)
    one.push("HTTP/1.1 200 OK\r\n\r\n")
    expect(one.told).toMatchObject({ status: 101, body: "\x81\x02hiHTTP/1.1 200 OK\r\n\r\n", ends: 0 })
    expect(one.parser.reusable).toBe(false)
    one.close()
    expect(one.told.ends).toBe(1)
  })

  it("takes every other answer for what it is", () => {
    const one = upgraded()
    one.push("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")
    expect(one.told).toMatchObject({ status: 403, body: "no", ends: 1 })
  })

  it("refuses a 101 that nobody asked for, also on the connection's next request", () => {
    const one = upgraded()
    one.push("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
    one.expect("GET")
    one.push(switching)
    expect(one.told.refused).toContain("101")
  })
})
