/** A head of 200 with these lines. */
export const head = (...lines: string[]): string =>
  `HTTP/1.1 200 OK\r\n${lines.map((line) => `${line}\r\n`).join("")}\r\n`
/** A head that promises chunks. */
export const chunked = head("Transfer-Encoding: chunked")

/** A response that has to be read, and what it is. */
export interface Valid {
  bytes: string
  method?: string
  /** The response ends with the connection. */
  closes?: true
  status?: number
  lines?: string[]
  body?: string
  reusable?: boolean
}

/** Responses of every kind that has to be read. */
export const valid: Record<string, Valid> = {
  "a length": { bytes: `${head("Content-Length: 5")}hello`, lines: ["content-length", "5"], body: "hello" },
  "a length with zeros in front": { bytes: `${head("Content-Length: 005")}hello`, body: "hello" },
  "a length of 0": { bytes: head("Content-Length: 0") },
  "a length of 00": { bytes: head("Content-Length: 00") },
  chunks: { bytes: `${chunked}5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n`, body: "hello world" },
  "chunks with sizes in both cases": {
    bytes: `${chunked}A\r\n0123456789\r\na\r\n0123456789\r\n000\r\n\r\n`,
    body: "01234567890123456789",
  },
  "chunks with extensions": {
    bytes: `${chunked}5;a;b=c;d="e f"\r\nhello\r\n1 \t;x\r\n!\r\n0;last=1\r\n\r\n`,
    body: "hello!",
  },
  "chunks with trailers": {
    bytes: `${chunked}5\r\nhello\r\n0\r\nX-Sum: 1\r\nContent-Length: 9\r\n\r\n`,
    body: "hello",
  },
  "chunks that look like line ends": { bytes: `${chunked}4\r\n\r\n\r\n\r\n0\r\n\r\n`, body: "\r\n\r\n" },
  "no chunk but the last": { bytes: `${chunked}0\r\n\r\n` },
  "chunked in capitals, with space around": {
    bytes: `${head("TRANSFER-ENCODING:  \tCHUNKED \t")}1\r\na\r\n0\r\n\r\n`,
    body: "a",
  },
  "an answer to HEAD with a length": { bytes: head("Content-Length: 5"), method: "HEAD" },
  "an answer to HEAD with chunks": { bytes: chunked, method: "HEAD" },
  "an answer to HEAD without a length": { bytes: head(), method: "HEAD" },
  "204": { bytes: "HTTP/1.1 204 No Content\r\n\r\n", status: 204 },
  "204 that promises a body": { bytes: "HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n", status: 204 },
  "304": { bytes: "HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\n\r\n", status: 304 },
  "100 before it": { bytes: `HTTP/1.1 100 Continue\r\n\r\n${head("Content-Length: 2")}ok`, body: "ok" },
  "16 times 103 before it": {
    bytes: `${"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nContent-Length: 7\r\n\r\n".repeat(16)}${head("Content-Length: 2")}ok`,
    lines: ["content-length", "2"],
    body: "ok",
  },
  "a body until the end": { bytes: `${head("X: 1")}all of it`, closes: true, body: "all of it", reusable: false },
  "an empty body until the end": { bytes: head(), closes: true, reusable: false },
  "HTTP/1.0": { bytes: "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", body: "ok", reusable: false },
  "HTTP/1.0 that stays": {
    bytes: "HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: Keep-Alive\r\n\r\nok",
    body: "ok",
    reusable: true,
  },
  "HTTP/1.0 that says something else about its connection": {
    bytes: "HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: x-y\r\n\r\nok",
    body: "ok",
    reusable: false,
  },
  "HTTP/1.0 until the end": {
    bytes: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nok",
    closes: true,
    body: "ok",
    reusable: false,
  },
  "an empty reason": { bytes: "HTTP/1.1 599 \r\nContent-Length: 0\r\n\r\n", status: 599 },
  "no reason": { bytes: "HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n", status: 404 },
  "a reason in other letters": { bytes: "HTTP/1.1 200 S\u00fc\u00df\t: ok\r\nContent-Length: 0\r\n\r\n" },
  "names in any case, all token letters": {
    bytes: `${head("CONTENT-length: 2", "!#$%&'*+-.^_`|~0Az: v")}ok`,
    lines: ["content-length", "2", "!#$%&'*+-.^_`|~0az", "v"],
    body: "ok",
  },
  "values with any space around, or empty, or with other bytes": {
    bytes: `${head("A:b", "C: \t d e\t ", "F:", "G: \t ", "H: \u00a0\u00ff\t\u0080", "Content-Length:2")}ok`,
    lines: ["a", "b", "c", "d e", "f", "", "g", "", "h", "\u00a0\u00ff\t\u0080", "content-length", "2"],
    body: "ok",
  },
  "names twice, in order": {
    bytes: head("Set-Cookie: a=1", "X: 1", "Set-Cookie: b=2", "Content-Length: 0"),
    lines: ["set-cookie", "a=1", "x", "1", "set-cookie", "b=2", "content-length", "0"],
  },
  "values with colons": {
    bytes: head("Location: http://[::1]:80/", "Content-Length: 0"),
    lines: ["location", "http://[::1]:80/", "content-length", "0"],
  },
  "letters that other alphabets fold": {
    bytes: head("X: \u00c0\u00b5\u00df\u00ff", "Y: b", "Content-Length: 0"),
    lines: ["x", "\u00c0\u00b5\u00df\u00ff", "y", "b", "content-length", "0"],
  },
  "Connection: close": { bytes: `${head("Connection: close", "Content-Length: 2")}ok`, body: "ok", reusable: false },
  "close on a list, in capitals": {
    bytes: `${head("Connection: x ,\tCLOSE", "Content-Length: 2")}ok`,
    body: "ok",
    reusable: false,
  },
  "close on the first of two lines": {
    bytes: `${head("Connection: close", "Connection: keep-alive", "Content-Length: 2")}ok`,
    body: "ok",
    reusable: false,
  },
  "a name that begins with close": {
    bytes: `${head("Connection: closed, x-close", "Content-Length: 2")}ok`,
    body: "ok",
    reusable: true,
  },
  "256 lines": {
    bytes: head(
      "Content-Length: 0",
      ..."x"
        .repeat(255)
        .split("")
        .map((name) => `${name}: 1`),
    ),
  },
}

/** Bytes that must not be taken for a whole response: those of an answer to GET, or to another method. */
export const refused: Record<string, string | [bytes: string, method: string]> = {
  "a length and chunks": `${head("Content-Length: 5", "Transfer-Encoding: chunked")}0\r\n\r\n`,
  "chunks and a length": `${head("Transfer-Encoding: chunked", "Content-Length: 5")}0\r\n\r\n`,
  "a length and chunks to HEAD": [head("Content-Length: 5", "Transfer-Encoding: chunked"), "HEAD"],
  "two lengths": `${head("Content-Length: 2", "Content-Length: 3")}abc`,
  "two equal lengths": `${head("Content-Length: 2", "content-length: 2")}ab`,
  "two lengths to HEAD": [head("Content-Length: 2", "Content-Length: 2"), "HEAD"],
  ...Object.fromEntries(
    [
      "+5",
      "-1",
      "0x10",
      "5 5",
      "5,5",
      "5, 5",
      "",
      "1_0",
      "5.0",
      "1e1",
      "\u00b2",
      "18446744073709551616",
      "9999999999999999",
      "5\u00a0",
      "5;",
      "chunked",
    ].map((length) => [`the length "${length}"`, `${head(`Content-Length: ${length}`)}hello`]),
  ),
  ...Object.fromEntries(
    [
      "",
      "gzip",
      "identity",
      "chunked, identity",
      "identity, chunked",
      "gzip, chunked",
      "chunked, chunked",
      ",chunked",
      "chunked,",
      "chunked\u00a0",
      "\u00a0chunked",
      "xchunked",
      "chunked;q=1",
      '"chunked"',
    ].map((coding) => [`the coding "${coding}"`, `${head(`Transfer-Encoding: ${coding}`)}0\r\n\r\n`]),
  ),
  "two codings": `${head("Transfer-Encoding: chunked", "Transfer-Encoding: chunked")}0\r\n\r\n`,
  "chunks of HTTP/1.0": "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  ...Object.fromEntries(
    [
      "0x5",
      "5 ",
      " 5",
      "\t5",
      "00000000000005",
      "00000000000000005",
      "fffffffffffffffff",
      "-1",
      "+5",
      "5_",
      "g",
      "",
      ";a",
      "5;a\0",
      "5;a\u007f",
      "5\0",
      "5;a\rb",
      "5\r",
      "5 a",
      "5,5",
    ].map((size) => [`the chunk size ${JSON.stringify(size)}`, `${chunked}${size}\r\nhello\r\n0\r\n\r\n`]),
  ),
  "LF alone behind a chunk size": `${chunked}5\nhello\r\n0\r\n\r\n`,
  "LF alone behind an extension": `${chunked}5;a\nhello\r\n0\r\n\r\n`,
  "LF alone behind a chunk": `${chunked}5\r\nhello\n0\r\n\r\n`,
  "CR alone behind a chunk": `${chunked}5\r\nhello\r0\r\n\r\n`,
  "another letter in the place of LF behind a chunk": `${chunked}5\r\nhello\rx0\r\n\r\n`,
  "a chunk longer than its size": `${chunked}4\r\nhello\r\n0\r\n\r\n`,
  "a chunk shorter than its size": `${chunked}6\r\nhello\r\n0\r\n\r\n`,
  "LF alone behind the last chunk": `${chunked}0\n\r\n`,
  "LF alone behind the trailers": `${chunked}0\r\n\n`,
  "a trailer with LF alone": `${chunked}0\r\nA: b\n\r\n`,
  "a trailer without a colon": `${chunked}0\r\nA\r\n\r\n`,
  "a trailer with NUL": `${chunked}0\r\nA: \0\r\n\r\n`,
  "a folded trailer": `${chunked}0\r\nA: b\r\n c\r\n\r\n`,
  "a folded line": head("A: b\r\n c", "Content-Length: 0"),
  "a first line that begins with space": head(" A: b", "Content-Length: 0"),
  "a space before a colon": head("Content-Length : 0"),
  "a tab before a colon": head("Content-Length\t: 0"),
  "no colon": head("Content-Length 0"),
  "an empty name": head(": 0", "Content-Length: 0"),
  "a space in a name": head("A b: 1", "Content-Length: 0"),
  "a letter in a name that is no token": head("A\u00e9: 1", "Content-Length: 0"),
  "brackets in a name": head("A(b): 1", "Content-Length: 0"),
  ...Object.fromEntries(
    ["\r", "\n", "\0", "\u0001", "\u000b", "\u000c", "\u001b", "\u007f"].flatMap((letter) => [
      [`${JSON.stringify(letter)} in a value`, head(`A: b${letter}c`, "Content-Length: 0")],
      [`${JSON.stringify(letter)} at the end of a value`, head(`A: b${letter}`, "Content-Length: 0")],
      [`${JSON.stringify(letter)} in a name`, head(`A${letter}b: c`, "Content-Length: 0")],
      [`${JSON.stringify(letter)} in a reason`, `HTTP/1.1 200 O${letter}K\r\nContent-Length: 0\r\n\r\n`],
    ]),
  ),
  "LF alone everywhere": "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
  ...Object.fromEntries(
    [
      "HTTP/2 200",
      "HTTP/2.0 200 OK",
      "HTTP/1.2 200 OK",
      "HTTP/1.1 20",
      "HTTP/1.1 20 OK",
      "HTTP/1.1 2000",
      "HTTP/1.1 200OK",
      "HTTP/1.1  200 OK",
      "HTTP/1.1\t200 OK",
      "HTTP/1.1 099 OK",
      "HTTP/1.1 600 OK",
      "HTTP/1.1 2x0 OK",
      "HTTP/1.1 +20 OK",
      "HTTP/1.1 200\t",
      "HTTP/1.1",
      "HTTP/1.1 ",
      "HTTP/01.1 200 OK",
      "http/1.1 200 OK",
      " HTTP/1.1 200 OK",
      "ICY 200 OK",
      "GET / HTTP/1.1",
    ].map((line) => [`the status line ${JSON.stringify(line)}`, `${line}\r\nContent-Length: 0\r\n\r\n`]),
  ),
  "an empty line before the status line": `\r\n${head("Content-Length: 0")}`,
  "a page without a head": "<html>\r\n\r\n</html>",
  "a TLS alert": "\x15\x03\x01\x00\x02\x02\x46",
  "101": "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
  "100 without end": "HTTP/1.1 100 Continue\r\n\r\n".repeat(17),
  "100 that is not well formed": `HTTP/1.1 100 Continue\r\nA b\r\n\r\n${head("Content-Length: 0")}`,
  "257 lines": head(
    "Content-Length: 0",
    ..."x"
      .repeat(256)
      .split("")
      .map((name) => `${name}: 1`),
  ),
}
