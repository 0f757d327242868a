import { chunks, get, headOf, letters, post, request } from "./request-cases.ts"

/** Bytes that must not be taken for a request: with which status they are refused, 400 if none is given. */
export type Refusal = string | [bytes: string, status: number, edges?: number[]]

const named = (name: (one: string) => string, bytes: (one: string) => string, ones: readonly (readonly string[])[]) =>
  Object.fromEntries(ones.flat().map((one) => [name(one), bytes(one)]))
const shown = (text: string): string => JSON.stringify(text)
const many = (count: number): string[] => Array.from({ length: count }, (_, index) => `X-${index}: 1`)
const smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
const TE = "Transfer-Encoding"
const CL = "Content-Length"
const controls = ["\0", "\u0001", "\b", "\n", "\u000b", "\u000c", "\r", "\u001b", "\u007f"]

const lengths: Record<string, string> = {
  "CL.TE": post([`${CL}: 6`, `${TE}: chunked`], "0\r\n\r\nG"),
  "TE.CL": post([`${TE}: chunked`, `${CL}: 4`], `5c\r\n${smuggled}\r\n0\r\n\r\n`),
  "CL.TE of no length": post([`${CL}: 0`, `${TE}: chunked`], "0\r\n\r\n"),
  "CL.TE of a coding that is none": post([`${CL}: 4`, `${TE}: identity`], "abcd"),
  "CL.TE of HTTP/1.0": request("POST / HTTP/1.0", [`${CL}: 4`, `${TE}: chunked`], "0\r\n\r\n"),
  "TE.CL of GET": request("GET / HTTP/1.1", [`${TE}: chunked`, `${CL}: 5`], "0\r\n\r\n"),
  "two lengths": post([`${CL}: 0`, `${CL}: 5`], "hello"),
  "two equal lengths": post([`${CL}: 5`, `content-length: 5`], "hello"),
  "two lengths of nothing": post([`${CL}: 0`, `${CL}: 0`], ""),
  "two lengths, one of them empty": post([`${CL}: 5`, `${CL}:`], "hello"),
  ...named(
    (length) => `the length ${shown(length)}`,
    (length) => post([`${CL}: ${length}`], `hello${smuggled}`),
    [
      ["+5", "-5", "-0", "0x5", "5 5", "5,5", "5, 5", "0, 5", "", "1_0", "5.0", "5e0", "\u00b2", "5\u00a0"],
      ["\u00a05", "5;", "chunked", "5h", '"5"', "18446744073709551621", "9999999999999999", "0000000000000005"],
      ["Infinity", "NaN"],
    ],
  ),
  ...named(
    (coding) => `the coding ${shown(coding)}`,
    (coding) => post([`${TE}: ${coding}`], "0\r\n\r\n"),
    [
      ["", "gzip", "identity", "chunked, identity", "identity, chunked", "gzip, chunked", "chunked, chunked"],
      ["cow", ",chunked", "chunked,", "chunked;q=1", '"chunked"', "'chunked'", "xchunked", "chunkedx"],
      ["chunke", "chunk ed", "chunked\u00a0", "\u00a0chunked", "chunked\u0085", "\u00e7hunked"],
      ["[chunked]"],
    ],
  ),
  "two codings": post([`${TE}: chunked`, `${TE}: chunked`], "0\r\n\r\n"),
  "two codings, the last of them chunked": post([`${TE}: identity`, `${TE}: chunked`], "0\r\n\r\n"),
  "two codings, the first of them chunked": post([`${TE}: chunked`, `${TE}: identity`], "0\r\n\r\n"),
  "two codings, one of them empty": post([`${TE}: chunked`, `${TE}:`], "0\r\n\r\n"),
  "chunks of HTTP/1.0": request("POST / HTTP/1.0", [`${TE}: chunked`], "0\r\n\r\n"),
  ...named(
    (line) => `the line ${shown(line)}`,
    (line) => post([line], "0\r\n\r\n"),
    [
      [`${TE} : chunked`, `${TE}\t: chunked`, ` ${TE}: chunked`, `\t${TE}: chunked`, `${TE}:\r\n chunked`],
      [`${TE}:\r\n\tchunked`, `X: y\r\n ${TE}: chunked`, `X: y\n${TE}: chunked`, `X: y\r${TE}: chunked`],
      [`${TE}: \u000bchunked`, `${TE}:\u000cchunked`, `${TE}: chunked\u000b`, `${TE}: chunked\0`],
      [`${TE}\0: chunked`, `${TE}: chunked\n`, `${TE}: chunked\r`, `${TE}; chunked`, `${TE} chunked`, `${TE}`],
      [`\u00a0${TE}: chunked`, `${CL} : 5`, `${CL}\t: 5`, `${CL}:\r\n 5`, `X:\n${CL}: 5`, `X: \r${CL}: 5`],
      [`${CL}\u00a0: 5`],
    ],
  ),
}

const bodies: Record<string, string> = {
  ...named(
    (size) => `the chunk size ${shown(size)}`,
    (size) => chunks(`${size}\r\nhello\r\n0\r\n\r\n`),
    [
      ["0x5", "5 ", "5\t", " 5", "\t5", "+5", "-5", "5_", "g", "", ";a", "5,5", "5 a", "5 5"],
      ["5\u00a0", "00000000000005", "10000000000000", "ffffffffffffffff"],
      ["fffffffffffffffff", "10000000000000005", "5;a\0", "5;a\u007f", "5\0", "5;a\rb", "5;a\nb", "5\r"],
      ["5;\u000b", "5\r\r", "5;a=\u001b"],
    ],
  ),
  "LF alone behind a chunk size": chunks("5\nhello\r\n0\r\n\r\n"),
  "LF alone behind an extension (CVE-2023-40225)": chunks(`5;a\nhello\r\n0\r\n\r\n`),
  "LF in an extension that hides a chunk": chunks(`2;\nxx\r\n4c\r\n0\r\n\r\n${smuggled}`),
  "LF alone behind a chunk": chunks("5\r\nhello\n0\r\n\r\n"),
  "CR alone behind a chunk": chunks("5\r\nhello\r0\r\n\r\n"),
  "CR CR behind a chunk": chunks("5\r\nhello\r\r0\r\n\r\n"),
  "nothing behind a chunk": chunks("5\r\nhello0\r\n\r\n"),
  "a chunk longer than its size": chunks("4\r\nhello\r\n0\r\n\r\n"),
  "a chunk shorter than its size": chunks("6\r\nhello\r\n0\r\n\r\n"),
  "LF alone behind the last chunk": chunks("0\n\r\n"),
  "LF alone behind the trailers": chunks("0\r\n\n"),
  "a trailer with LF alone": chunks("0\r\nA: b\n\r\n"),
  "a trailer without a colon": chunks("0\r\nA\r\n\r\n"),
  "a request in the place of trailers": chunks(`0\r\n${smuggled}`),
  "a trailer without a name": chunks("0\r\n: b\r\n\r\n"),
  "a trailer with a space before its colon": chunks("0\r\nA : b\r\n\r\n"),
  "a trailer with NUL": chunks("0\r\nA: \0\r\n\r\n"),
  "a trailer with CR": chunks("0\r\nA: b\rc\r\n\r\n"),
  "a folded trailer": chunks("0\r\nA: b\r\n c\r\n\r\n"),
  "a line of a chunk of 1025 bytes": chunks(`5;${letters(1022)}\r\nhello\r\n0\r\n\r\n`),
  "a line of a chunk without end": chunks(`5;${letters(3000)}`),
  "trailers of 16384 bytes": chunks(`0\r\nA: ${letters(16_379)}\r\n\r\n`),
  "trailers without end": chunks(`0\r\n${"A: b\r\n".repeat(2800)}`),
}

const starts: Record<string, Refusal> = {
  ...named(
    (line) => `the request line ${shown(line)}`,
    (line) => request(line),
    [
      ["GET /", "GET", "/ HTTP/1.1", "GET HTTP/1.1", "GET  / HTTP/1.1", "GET /  HTTP/1.1", "GET\t/ HTTP/1.1"],
      ["GET / HTTP/1.1 ", "GET /\tHTTP/1.1", " GET / HTTP/1.1", "\tGET / HTTP/1.1", "GET /a b HTTP/1.1"],
      ["GET / HTTP/1.1 HTTP/1.1", "G@T / HTTP/1.1", "GET / http/1.1", "GET / HTTP 1.1", "GET / HTTP/1,1"],
      ["GET / HTTP/01.1", "GET / HTTP/1.01", "GET / HTTP/+1.1", "GET / HTTP/1.1x", "GET / HTTPS/1.1"],
      ["GET / XTTP/1.1", "GET / /1.1", "GET / 1.1", "GET / HTTP/1.\u00b9", "GET / HTTP/11.1"],
      ["GET /\u0001 HTTP/1.1", "GET /\u007f HTTP/1.1", "GET /\0 HTTP/1.1", "GET /\r HTTP/1.1"],
      ["GET /\n HTTP/1.1", "GET\u00a0/ HTTP/1.1", "G\u00c9T / HTTP/1.1", "GET( / HTTP/1.1", "GET: / HTTP/1.1"],
      ['"GET" / HTTP/1.1', "GET\0 / HTTP/1.1", "\u00ff\u00feGET / HTTP/1.1", "HTTP/1.1 200 OK"],
      ["\u00ef\u00bb\u00bfGET / HTTP/1.1", "GET / HTTP/1.1\r", "\rGET / HTTP/1.1", "\nGET / HTTP/1.1"],
      [`${letters(65)} / HTTP/1.1`, `${letters(65)} / HTTP/2.0`, "G@T / HTTP/2.0", "GET /a b HTTP/2.0"],
    ],
  ),
  ...Object.fromEntries(
    [
      "HTTP/2.0",
      "HTTP/1.2",
      "HTTP/1.9",
      "HTTP/0.9",
      "HTTP/2",
      "HTTP/1",
      "HTTP/3",
      "HTTP/9.9",
      "HTTP/0.1",
      "HTTP/3.0",
    ].map((version) => [`the version ${version}`, [request(`GET / ${version}`), 505]]),
  ),
  "HTTP/0.9": "GET /\r\n\r\n",
  "the preface of HTTP/2": ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505],
  "a TLS greeting": "\u0016\u0003\u0001\0\u00a5\u0001\0\0\u00a1\u0003\u0003\r\n\r\n",
  "an SSH greeting": "SSH-2.0-OpenSSH_9.9\r\n\r\n",
  "a PROXY line": `PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n${get()}`,
  SOCKS: "\u0005\u0001\0\r\n\r\n",
  "LF alone everywhere": "GET / HTTP/1.1\nHost: a\n\n",
  "LF alone behind the request line": "GET / HTTP/1.1\nHost: a\r\n\r\n",
  "LF alone behind a header line": "GET / HTTP/1.1\r\nA: b\nHost: a\r\n\r\n",
  "LF alone in the place of the empty line": `GET / HTTP/1.1\r\nHost: a\n\r\n\r\n`,
  "CR alone behind the request line": "GET / HTTP/1.1\rHost: a\r\n\r\n",
  "two empty lines before it": `\r\n\r\n${get()}`,
  "LF alone before it": `\n${get()}`,
  "CR alone before it": `\r${get()}`,
  "space before it": ` ${get()}`,
  "an empty line and a space before it": `\r\n ${get()}`,
  "two empty lines between requests": [`${get()}\r\n\r\n${get()}`, 400],
  "a method that never ends": letters(100),
}

const fields: Record<string, Refusal> = {
  "a folded line": get("A: b\r\n c"),
  "a folded line with a tab": get("A: b\r\n\tc"),
  "a first line that begins with space": get(" A: b"),
  "a first line that begins with a tab": get("\tHost: a"),
  "a line of space alone": get("A: b", " "),
  "a space before a colon": get("Host : a"),
  "a tab before a colon": get("Host\t: a"),
  "no colon": get("Host a"),
  "an empty name": get(": a"),
  "a name in quotes": get('"A": b'),
  "a space in a name": get("A b: 1"),
  "a letter in a name that is no token": get("A\u00e9: 1"),
  "a no-break space behind a name": get("A\u00a0: 1"),
  ...named(
    (letter) => `${shown(letter)} in a name`,
    (letter) => get(`A${letter}B: 1`),
    [[...'()<>@,;\\/[]?={}"']],
  ),
  ...named(
    (letter) => `${shown(letter)} in a value`,
    (letter) => get(`A: b${letter}c`),
    [controls],
  ),
  ...named(
    (letter) => `${shown(letter)} at the end of a value`,
    (letter) => get(`A: b${letter}`),
    [controls],
  ),
  ...named(
    (letter) => `${shown(letter)} at the beginning of a value`,
    (letter) => get(`A:${letter}b`),
    [controls],
  ),
  ...named(
    (letter) => `${shown(letter)} at the end of a name`,
    (letter) => get(`A${letter}: b`),
    [controls],
  ),
  ...Object.fromEntries(
    ["", "100-continue, 100-continue", "101-continue", "100-continue;a", "100-continue=1", "x", "200-ok"].map(
      (expected) => [
        `the expectation ${shown(expected)}`,
        [post([`Expect: ${expected}`, "Content-Length: 2"], "ok"), 417],
      ],
    ),
  ),
  "an expectation that is none of HTTP/1.1 in HTTP/1.0": [request("GET / HTTP/1.0", ["Expect: x"]), 417],
  "one expectation of two": [get("Expect: 100-continue", "Expect: x"), 417],
  "129 header lines": [get(...many(129)), 431],
  "257 header lines": [get(...many(257)), 431],
  "1000 header lines": [get(...many(1000)), 431],
  "a target of 8193 bytes": [request(`GET /${letters(8192)} HTTP/1.1`), 414, [8196]],
  "a target without end": [`GET /${letters(17_000)}`, 414, [8196, 16_384]],
  "a target of 20000 bytes": [request(`GET /${letters(20_000)} HTTP/1.1`), 414, [16_384]],
  "a head of 16385 bytes": [headOf(16_385), 431, [16_384]],
  "a head of 16385 bytes behind an empty line": [`\r\n${headOf(16_385)}`, 431, [16_384]],
  "a head without end": [`GET / HTTP/1.1\r\nA: ${letters(17_000)}`, 431, [16_384]],
  "a head of 16385 bytes whose target is as long as may be": [
    request(`GET /${letters(8191)} HTTP/1.1`, [`A: ${letters(8175)}`]),
    431,
    [8196, 16_384],
  ],
}

/** Bytes of every kind that has to be refused. */
export const refused: Record<string, Refusal> = { ...lengths, ...bodies, ...starts, ...fields }
