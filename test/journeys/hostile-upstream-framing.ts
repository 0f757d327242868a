import { chunked, head } from "../http/response-cases.ts"
import { cut, fixed, type Hostile, okInChunks, passes, poison, refused } from "./hostile-upstream.ts"

/** Answers whose length can be read in two ways, or not at all. */
export const lengths: Record<string, Hostile> = {
  "a length that ends before the chunks do": refused(
    `${head("Content-Length: 6", "Transfer-Encoding: chunked")}0\r\n\r\nX${poison}`,
  ),
  "chunks that end before the length does": refused(
    `${head("Transfer-Encoding: chunked", `Content-Length: ${5 + poison.length}`)}0\r\n\r\n${poison}`,
  ),
  "two lengths, the second for more": refused(
    `${head("Content-Length: 2", `Content-Length: ${2 + poison.length}`)}ok${poison}`,
  ),
  "two lengths, the second for less": refused(
    `${head(`Content-Length: ${2 + poison.length}`, "Content-Length: 2")}ok${poison}`,
  ),
  "a list of two lengths": refused(`${head(`Content-Length: 2, ${2 + poison.length}`)}ok${poison}`),
  "two equal lengths": refused(`${head("Content-Length: 2", "Content-Length: 2")}ok${poison}`),
  ...Object.fromEntries(
    ["-2", "+2", "0x2", "2e0", "2.0", "2_", "2 2", "", "18446744073709551618", "9".repeat(400), "2\t2", "\u00b2"].map(
      (length) => [`the length ${JSON.stringify(length)}`, refused(`${head(`Content-Length: ${length}`)}ok${poison}`)],
    ),
  ),
  ...Object.fromEntries(
    [
      "gzip, chunked",
      "chunked, gzip",
      "chunked, chunked",
      "identity",
      "x-chunked",
      ",chunked",
      "\vchunked",
      "chunked\0",
    ].map((coding) => [
      `the coding ${JSON.stringify(coding)}`,
      refused(`${head(`Transfer-Encoding: ${coding}`)}2\r\nok\r\n0\r\n\r\n${poison}`),
    ]),
  ),
  "the coding twice": refused(
    `${head("Transfer-Encoding: chunked", "Transfer-Encoding: chunked")}2\r\nok\r\n0\r\n\r\n${poison}`,
  ),
  "the coding on a folded line": refused(
    `${head("Transfer-Encoding:\r\n chunked", "Content-Length: 12")}2\r\nok\r\n0\r\n\r\n${poison}`,
  ),
  "the coding with a space before its colon": refused(
    `${head("Transfer-Encoding : chunked", "Content-Length: 12")}2\r\nok\r\n0\r\n\r\n${poison}`,
  ),
  "a length behind a line with LF alone": refused(`${head(`X: 1\nContent-Length: ${poison.length}`)}${poison}`),
  "a length behind a bare CR": refused(`${head(`X: 1\rContent-Length: ${poison.length}`)}${poison}`),
  "chunks from HTTP/1.0": refused(`${okInChunks.replace("HTTP/1.1", "HTTP/1.0")}${poison}`),
  "a length with zeros in front": passes(`${head("Content-Length: 002")}ok`),
  "a coding by another name": passes(`${head("Transfer_Encoding: chunked", "Content-Length: 2")}ok`),
  "a length that Connection names": passes(`${head("Connection: content-length", "Content-Length: 2")}ok`),
  "a coding that Connection names": passes(
    `${head("Connection: transfer-encoding", "Transfer-Encoding: chunked")}2\r\nok\r\n0\r\n\r\n`,
  ),
  "a length of 999 TB, and then its end": cut("", "ends", `${head("Content-Length: 999999999999999")}begun`),
  "a body that is shorter than its length": cut("", "ends", fixed),
}

const bad = "5\r\nhello\r\n0\r\n\r\n"
/** Bodies in chunks that are none. */
export const chunks: Record<string, Hostile> = {
  ...Object.fromEntries(
    [
      "0x5",
      "-5",
      "+5",
      "5 ",
      " 5",
      "5;a\0",
      "5;a\rb",
      "g",
      "",
      "fffffffffffffffff",
      "5,5",
      "5_",
      `5;${"x".repeat(2000)}`,
    ].map((size) => [
      `a later chunk of the size ${JSON.stringify(size.slice(0, 20))}`,
      cut(`${size}\r\nhello\r\n0\r\n\r\n${poison}`),
    ]),
  ),
  "a first chunk of a wrong size": refused(`${chunked}0x5\r\nhello\r\n0\r\n\r\n${poison}`),
  "a chunk size that ends with LF alone": cut(`${bad.replace("5\r\n", "5\n")}${poison}`),
  "a chunk that ends with LF alone": cut(`${bad.replace("hello\r\n", "hello\n")}${poison}`),
  "a chunk that ends with CR alone": cut(`${bad.replace("hello\r\n", "hello\r")}${poison}`),
  "a chunk that is longer than its size": cut(`${bad.replace("5", "4")}${poison}`),
  "a chunk that is shorter than its size": cut(`${bad.replace("5", "6")}${poison}`),
  "a last chunk with LF alone": cut(`0\n\n${poison}`),
  "a trailer that is folded": cut(`0\r\nA: b\r\n c\r\n\r\n${poison}`),
  "a trailer without a colon": cut(`0\r\nA\r\n\r\n${poison}`),
  "a trailer with a bare CR": cut(`0\r\nA: b\rC: d\r\n\r\n${poison}`),
  "trailers of 100 KB": cut(`0\r\n${"A: b\r\n".repeat(17_000)}\r\n`),
  "a trailer of 100 KB": cut(`0\r\nA: ${"b".repeat(100_000)}\r\n\r\n`),
  "a chunk size of 1 MB": cut(`${"0".repeat(1_000_000)}5\r\nhello\r\n0\r\n\r\n`),
  "a chunk of 4 PB, and then its end": cut("fffffffffffff\r\nhello", "ends"),
  extensions: passes(`${chunked}1;a\r\no\r\n1 ;b="c;d"\r\nk\r\n0;last\r\n\r\n`),
  "trailers that would be headers": passes(
    `${chunked}2\r\nok\r\n0\r\nContent-Length: 9\r\nSet-Cookie: poison=1\r\nConnection: close\r\n\r\n`,
  ),
  "10,000 chunks of a letter": passes(`${chunked}${"1\r\na\r\n".repeat(10_000)}0\r\n\r\n`, {
    body: "a".repeat(10_000),
  }),
  "a size with zeros in front": passes(`${chunked}0000000000002\r\nok\r\n000\r\n\r\n`),
}

/** Bodies where none can be. */
export const bodiless: Record<string, Hostile> = {
  "HEAD answered with a body": passes(`${head("Content-Length: 6")}poison`, { method: "HEAD", body: "" }),
  "HEAD answered with chunks": passes(`${chunked}6\r\npoison\r\n0\r\n\r\n`, { method: "HEAD", body: "" }),
  "HEAD answered with another answer": passes(`${head("Content-Length: 6")}${poison}`, { method: "HEAD", body: "" }),
  "HEAD answered without a length": passes(head(), { method: "HEAD", body: "" }),
  "HEAD answered until it ends": passes(`${head()}poison`, { method: "HEAD", body: "", leaves: "ends" }),
  "HEAD answered with a length and chunks": refused(`${head("Content-Length: 6", "Transfer-Encoding: chunked")}`, {
    method: "HEAD",
  }),
  "204 with a body": passes("HTTP/1.1 204 No\r\nContent-Length: 6\r\n\r\npoison", { status: 204, body: "" }),
  "204 with chunks": passes("HTTP/1.1 204 No\r\nTransfer-Encoding: chunked\r\n\r\n6\r\npoison\r\n0\r\n\r\n", {
    status: 204,
    body: "",
  }),
  "204 with another answer": passes(`HTTP/1.1 204 No\r\n\r\n${poison}`, { status: 204, body: "" }),
  "205 with a body": passes("HTTP/1.1 205 No\r\nContent-Length: 6\r\n\r\npoison", { status: 205, body: "" }),
  "205 with chunks": passes("HTTP/1.1 205 No\r\nTransfer-Encoding: chunked\r\n\r\n6\r\npoison\r\n0\r\n\r\n", {
    status: 205,
    body: "",
  }),
  "304 with a body": passes("HTTP/1.1 304 No\r\nContent-Length: 6\r\n\r\npoison", { status: 304, body: "" }),
  "304 with chunks": passes("HTTP/1.1 304 No\r\nTransfer-Encoding: chunked\r\n\r\n6\r\npoison\r\n0\r\n\r\n", {
    status: 304,
    body: "",
  }),
  "304 with another answer": passes(`HTTP/1.1 304 No\r\n\r\n${poison}`, { status: 304, body: "" }),
}

/** Answers that end too soon, at every stage. */
export const ends: Record<string, Hostile> = Object.fromEntries([
  ...[0, 1, 4, 8, 11, 13, 16, 17, 24, 33, -3, -1].flatMap((at): [string, Hostile][] => {
    const says = head("Content-Length: 2").slice(0, at)
    return [
      [`its end after ${JSON.stringify(says)}`, refused(says, { leaves: "ends" })],
      [`a reset after ${JSON.stringify(says)}`, refused(says, { leaves: "resets" })],
      [`its end after ${JSON.stringify(says)} to POST`, refused(says, { leaves: "ends", method: "POST" })],
    ]
  }),
  ...[
    "",
    "5",
    "5\r",
    "5\r\n",
    "5\r\nhel",
    "5\r\nhello",
    "5\r\nhello\r",
    "5\r\nhello\r\n",
    "0",
    "0\r\n",
    "0\r\nA: b",
    "0\r\nA: b\r\n",
    "0\r\n\r",
  ].flatMap((more): [string, Hostile][] => [
    [`its end in chunks after ${JSON.stringify(more)}`, cut(more, "ends")],
    [`a reset in chunks after ${JSON.stringify(more)}`, cut(more, "resets")],
  ]),
  ["a reset in a body of a length", cut("more", "resets", fixed)],
])
