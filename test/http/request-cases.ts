import type { ToldRequest } from "./parsed-request.ts"

/** A request: its line, its header lines, and what stands behind its head. */
export const request = (line: string, lines: readonly string[] = ["Host: a"], body = ""): string =>
  `${[line, ...lines].join("\r\n")}\r\n\r\n${body}`

/** GET with these lines. */
export const get = (...lines: string[]): string => request("GET / HTTP/1.1", lines)
/** POST with these lines, and what stands behind its head. */
export const post = (lines: readonly string[], body: string): string => request("POST / HTTP/1.1", lines, body)
/** POST in chunks: what stands behind its head. */
export const chunks = (body: string): string => post(["Transfer-Encoding: chunked"], body)

export const letters = (count: number, letter = "a"): string => letter.repeat(count)
const many = (count: number): string[] => Array.from({ length: count }, (_, index) => `X-${index}: 1`)
/** A request whose head, without its empty line, has so many bytes. */
export const headOf = (bytes: number): string => {
  const start = "GET / HTTP/1.1\r\nX: "
  return `${start}${letters(bytes - start.length)}\r\n\r\n`
}
/** Trailers of so many bytes, without the empty line behind them. */
const trailersOf = (bytes: number): string => `A: ${letters(bytes - 5)}\r\n`

/** A request that has to be read, or several, and what each is. */
export interface Valid {
  bytes: string
  reads: Partial<ToldRequest>[]
  /** Places where a limit is near. */
  edges?: number[]
}

const one = (bytes: string, read: Partial<ToldRequest> = {}, edges?: number[]): Valid => ({
  bytes,
  reads: [read],
  ...(edges ? { edges } : {}),
})

const methods = [
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "DELETE",
  "PATCH",
  "OPTIONS",
  "TRACE",
  "CONNECT",
  "PROPFIND",
  "get",
  "M-1",
]
const targets = [
  "/",
  "/a/b?c=d&e=%20#f",
  "*",
  "a",
  "a:443",
  "http://a/b?c",
  "HTTPS://[::1]:80",
  "?",
  "//a//b",
  "/\\..\\a",
  "/%00%zz",
  `/${"'\"<>{}|^`;,!$&()*+=~[]@:"}`,
  "/\u00e4\u00ff\u0080",
]

/** Connection lines, and whether the client stays with HTTP/1.1 and with HTTP/1.0. */
const connections: [lines: string[], new_: boolean, old: boolean][] = [
  [[], true, false],
  [["Connection: close"], false, false],
  [["Connection: keep-alive"], true, true],
  [["connection: KEEP-Alive"], true, true],
  [["Connection: CLOSE"], false, false],
  [["Connection: keep-alive, close"], false, false],
  [["Connection: x ,\tclose\t, y"], false, false],
  [["Connection: keep-alive", "Connection: close"], false, false],
  [["Connection: close", "Connection: keep-alive"], false, false],
  [["Connection: x", "Connection: keep-alive"], true, true],
  [["Connection: closed, x-close, close-x"], true, false],
  [["Connection: x-keep-alive"], true, false],
  [["Connection:"], true, false],
  [["Connection: ,,"], true, false],
  [["Connection: ,,close"], false, false],
  [["Connection: \u00a0close"], true, false],
  [["Connection: close;x"], true, false],
  [["Proxy-Connection: close"], true, false],
]

/** Requests of every kind that has to be read. */
export const valid: Record<string, Valid> = {
  "the least": one("GET / HTTP/1.1\r\n\r\n", {
    method: "GET",
    target: "/",
    lines: [],
    length: 0,
    old: false,
    keepAlive: true,
    expectsContinue: false,
    body: "",
  }),
  "HTTP/1.0": one("GET /a HTTP/1.0\r\n\r\n", { target: "/a", old: true, keepAlive: false }),
  ...Object.fromEntries(
    methods.map((method) => [`the method ${method}`, one(request(`${method} / HTTP/1.1`), { method })]),
  ),
  "every letter of a token in a method": one(request("!#$%&'*+-.^_`|~09AZaz / HTTP/1.1"), {
    method: "!#$%&'*+-.^_`|~09AZaz",
  }),
  "a method of 64 letters": one(request(`${letters(64)} / HTTP/1.1`), { method: letters(64) }),
  ...Object.fromEntries(
    targets.map((target) => [
      `the target ${JSON.stringify(target)}`,
      one(request(`GET ${target} HTTP/1.1`), { target }),
    ]),
  ),
  "a target of 8192 bytes": one(request(`GET /${letters(8191)} HTTP/1.1`), { target: `/${letters(8191)}` }, [8196]),
  "a head of 16384 bytes": one(headOf(16_384), {}, [16_384]),
  "a head of 16384 bytes behind an empty line": one(`\r\n${headOf(16_384)}`, {}, [16_384]),
  "128 header lines": one(get(...many(128))),
  "an empty line before it": one(`\r\n${get("Host: a")}`, { lines: ["host", "a"] }),
  ...Object.fromEntries(
    connections.flatMap(([lines, new_, old]) => [
      [`HTTP/1.1 with ${JSON.stringify(lines)}`, one(get(...lines), { keepAlive: new_, old: false })],
      [`HTTP/1.0 with ${JSON.stringify(lines)}`, one(request("GET / HTTP/1.0", lines), { keepAlive: old, old: true })],
    ]),
  ),
  "values with any space around, empty, and with other bytes": one(
    get("A:b", "C: \t d e\t ", "F:", "G: \t ", "H: \u00a0\u00ff\t\u0080\u0085", "I: :;,\"'"),
    { lines: ["a", "b", "c", "d e", "f", "", "g", "", "h", "\u00a0\u00ff\t\u0080\u0085", "i", ":;,\"'"] },
  ),
  "names in any case, of all letters of a token, twice and in order": one(
    get("CONTENT-type: 2", "!#$%&'*+-.^_`|~0Az: v", "A: 1", "Host: a", "a: 2", "__proto__: 3", "constructor: 4"),
    {
      lines: [
        ["content-type", "2", "!#$%&'*+-.^_`|~0az", "v", "a", "1", "host", "a"],
        ["a", "2", "__proto__", "3", "constructor", "4"],
      ].flat(),
    },
  ),
  "letters that other alphabets fold": one(get("X: \u00c0\u00b5\u00df\u00ffI", "Y: b"), {
    lines: ["x", "\u00c0\u00b5\u00df\u00ffI", "y", "b"],
  }),
  "names that only look like the length or the coding": one(
    get(
      "Content_Length: 5",
      "Transfer_Encoding: chunked",
      "X-Content-Length: 5",
      "Content-Lengt: 5",
      "Content-Length-: 5",
    ),
    { length: 0 },
  ),
  "a length": one(post(["Content-Length: 5"], "hello"), { length: 5, body: "hello" }),
  "a length with zeros in front": one(post(["Content-Length: 000005"], "hello"), { length: 5, body: "hello" }),
  "a length of 15 digits": one(post(["Content-Length: 000000000000005"], "hello"), { length: 5, body: "hello" }),
  "a length with space around": one(post(["Content-Length:\t 5 \t"], "hello"), { length: 5, body: "hello" }),
  "a length of 0": one(post(["Content-Length: 0"], ""), { length: 0, body: "" }),
  "a length of 00": one(post(["Content-Length: 00"], ""), { length: 0, body: "" }),
  "a length of HTTP/1.0": one(request("POST / HTTP/1.0", ["Content-Length: 2"], "ok"), { length: 2, body: "ok" }),
  ...Object.fromEntries(
    ["GET", "HEAD", "DELETE", "OPTIONS", "TRACE", "CONNECT"].map((method) => [
      `a body of ${method}`,
      one(request(`${method} / HTTP/1.1`, ["Content-Length: 2"], "ok"), { method, body: "ok" }),
    ]),
  ),
  "a body that is a request": one(post(["Content-Length: 18"], "GET / HTTP/1.1\r\n\r\n"), {
    body: "GET / HTTP/1.1\r\n\r\n",
  }),
  "a body of all bytes": one(
    post(["Content-Length: 256"], Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join("")),
    { body: Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join("") },
  ),
  chunks: one(chunks("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"), { length: undefined, body: "hello world" }),
  "chunks of GET": one(request("GET / HTTP/1.1", ["Transfer-Encoding: chunked"], "2\r\nok\r\n0\r\n\r\n"), {
    body: "ok",
  }),
  "chunked in capitals, with space around": one(post(["TRANSFER-ENCODING:  \tCHUNKED \t"], "1\r\na\r\n0\r\n\r\n"), {
    body: "a",
    length: undefined,
  }),
  "no chunk but the last": one(chunks("0\r\n\r\n"), { length: undefined, body: "" }),
  "chunk sizes in both cases and with zeros in front": one(
    chunks("A\r\n0123456789\r\na\r\n0123456789\r\n000000000000a\r\n0123456789\r\n0000000000000\r\n\r\n"),
    { body: "012345678901234567890123456789" },
  ),
  "chunks with extensions": one(
    chunks('5;a;b=c;d="e f";\u00e9\t\r\nhello\r\n1 \t;x\r\n!\r\n2;\r\nok\r\n0;last=1\r\n\r\n'),
    {
      body: "hello!ok",
    },
  ),
  "a line of a chunk of 1024 bytes": one(chunks(`5;${letters(1021)}\r\nhello\r\n0\r\n\r\n`), { body: "hello" }),
  "chunks that look like line ends": one(chunks("4\r\n\r\n\r\n\r\n5\r\n0\r\n\r\n\r\n0\r\n\r\n"), {
    body: "\r\n\r\n0\r\n\r\n",
  }),
  "trailers, which are dropped": one(
    chunks("2\r\nok\r\n0\r\nX: 1\r\nContent-Length: 9\r\nTransfer-Encoding: x\r\n\r\n"),
    {
      lines: ["transfer-encoding", "chunked"],
      body: "ok",
    },
  ),
  "trailers of 16383 bytes": one(chunks(`0\r\n${trailersOf(16_383)}\r\n`), {}, [16_440]),
  "an expectation": one(post(["Expect: 100-continue", "Content-Length: 2"], "ok"), {
    expectsContinue: true,
    body: "ok",
  }),
  "an expectation in capitals": one(post(["EXPECT:100-CONTINUE", "Content-Length: 2"], "ok"), {
    expectsContinue: true,
  }),
  "an expectation twice": one(get("Expect: 100-continue", "Expect: 100-continue"), { expectsContinue: true }),
  "an expectation of HTTP/1.0, which is none": one(
    request("POST / HTTP/1.0", ["Expect: 100-continue", "Content-Length: 2"], "ok"),
    { expectsContinue: false, body: "ok" },
  ),
  "requests in a row": {
    bytes: [
      request("GET /1 HTTP/1.1"),
      request("POST /2 HTTP/1.1", ["Content-Length: 5"], "hello"),
      request("POST /3 HTTP/1.1", ["Transfer-Encoding: chunked"], "1\r\na\r\n0\r\nT: 1\r\n\r\n"),
      request("HEAD /4 HTTP/1.0", ["Connection: keep-alive"]),
      request("POST /5 HTTP/1.1", ["Content-Length: 0"]),
      request("GET /6 HTTP/1.1"),
    ].join(""),
    reads: [
      { target: "/1", lines: ["host", "a"], body: "" },
      { target: "/2", lines: ["content-length", "5"], body: "hello" },
      { target: "/3", lines: ["transfer-encoding", "chunked"], body: "a" },
      { target: "/4", lines: ["connection", "keep-alive"], old: true },
      { target: "/5", length: 0 },
      { target: "/6", old: false, length: 0, lines: ["host", "a"] },
    ],
  },
  "requests in a row with an empty line between": {
    bytes: `${post(["Content-Length: 2"], "ok")}\r\n${get()}\r\n${chunks("0\r\n\r\n")}\r\n${get()}`,
    reads: [{ method: "POST", body: "ok" }, { method: "GET" }, { method: "POST" }, { method: "GET" }],
  },
}
