import { head, refused as unreadable } from "../http/response-cases.ts"
import { bodiless, chunks, ends, lengths } from "./hostile-upstream-framing.ts"
import { cut, type Hostile, late, ok, okInChunks, passes, poison, refused } from "./hostile-upstream.ts"

const heads: Record<string, Hostile> = {
  "a line that is folded": refused(`${head("X: 1\r\n 2", "Content-Length: 2")}ok`),
  "a line without a colon": refused(`${head("Set-Cookie", "Content-Length: 2")}ok`),
  "a line without a name": refused(`${head(": 1", "Content-Length: 2")}ok`),
  "a cookie behind a bare CR": refused(`${head("X: 1\rSet-Cookie: poison=1", "Content-Length: 2")}ok`),
  "a cookie behind a bare LF": refused(`${head("X: 1\nSet-Cookie: poison=1", "Content-Length: 2")}ok`),
  "NUL in a value": refused(`${head("X: 1\0", "Content-Length: 2")}ok`),
  "NUL in a name": refused(`${head("X\0: 1", "Content-Length: 2")}ok`),
  "DEL in a value": refused(`${head("X: \x7f", "Content-Length: 2")}ok`),
  "257 lines": refused(`${head(...Array<string>(256).fill("X: 1"), "Content-Length: 2")}ok`),
  "100,000 lines": refused(`${head(...Array<string>(100_000).fill("X: 1"), "Content-Length: 2")}ok`),
  "a value of 100 KB": refused(`${head(`X: ${"1".repeat(100_000)}`, "Content-Length: 2")}ok`),
  "a name of 100 KB": refused(`${head(`${"X".repeat(100_000)}: 1`, "Content-Length: 2")}ok`),
  "a head of 5 MB without end": refused(`HTTP/1.1 200 OK\r\nX: ${"1".repeat(5_000_000)}`),
  "a reason of 100 KB": refused(`HTTP/1.1 200 ${"O".repeat(100_000)}\r\nContent-Length: 2\r\n\r\nok`),
  "10,000 empty lines in front": refused(`${"\r\n".repeat(10_000)}${ok}`),
  "an empty line in front": refused(`\r\n${ok}`),
  "200 cookies": passes(
    `${head(...Array.from({ length: 200 }, (_, n) => `Set-Cookie: c${n}=${n}`), "Content-Length: 2")}ok`,
  ),
  "a reason with markup": passes(`${ok.replace("200 OK", "200 <script>poison</script>")}`),
  "bytes beyond ASCII": passes(`${head("X: \u00ff\u0080", "Content-Length: 2")}ok`),
  "everything that is for one connection only": passes(
    `${head("Connection: close, X-Poison", "X-Poison: poison", "Keep-Alive: timeout=0", "Proxy-Connection: close", "Upgrade: h2c", "Trailer: X", "TE: trailers", "Content-Length: 2")}ok`,
  ),
  "a compressed body that is none": passes(`${head("Content-Encoding: gzip", "Content-Length: 2")}ok`),
  "401 with a challenge": passes(`${ok.replace("200 OK", "401 No\r\nWWW-Authenticate: Basic")}`, { status: 401 }),
  "407, which is for proxies": passes(`${ok.replace("200 OK", "407 No\r\nProxy-Authenticate: Basic")}`, {
    status: 407,
  }),
  "426 with an upgrade": passes(`${ok.replace("200 OK", "426 No\r\nUpgrade: h2c\r\nConnection: upgrade")}`, {
    status: 426,
  }),
  "a status that nobody knows": passes(ok.replace("200 OK", "599 ?"), { status: 599 }),
}

const protocols: Record<string, Hostile> = {
  "HTTP/0.9": refused("<html>poison</html>\n", { leaves: "ends" }),
  "JSON without a head": refused('{"poison":true}\r\n\r\n'),
  "HTTP/2's preface": refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  "HTTP/2's settings": refused("\0\0\0\x04\0\0\0\0\0"),
  "the version of HTTP/2": refused(ok.replace("HTTP/1.1", "HTTP/2")),
  "a version that does not exist": refused(ok.replace("HTTP/1.1", "HTTP/1.2")),
  "http in small letters": refused(ok.replace("HTTP", "http")),
  "a TLS alert": refused("\x15\x03\x01\0\x02\x02\x46"),
  "a TLS hello": refused("\x16\x03\x03\0\x7a\x02\0\0\x76\x03\x03"),
  SSH: refused("SSH-2.0-OpenSSH_9.2\r\n"),
  SMTP: refused("220 mail.test ESMTP\r\n"),
  "the request itself": refused("GET /hostile HTTP/1.1\r\nHost: a\r\n\r\n"),
  NULs: refused("\0".repeat(1000)),
  "WebSocket frames": refused("\x81\x06poison"),
  gzip: refused("\x1f\x8b\x08\0\0\0\0\0\0\x03"),
  "LF alone everywhere": refused(ok.replaceAll("\r\n", "\n")),
  "CR alone everywhere": refused(ok.replaceAll("\r\n", "\r"), { leaves: "ends" }),
  "a status of two digits": refused(ok.replace("200", "20")),
  "a status of four digits": refused(ok.replace("200", "2000")),
  "the status 000": refused(ok.replace("200", "000")),
  "the status 999": refused(ok.replace("200", "999")),
  "HTTP/1.0": passes(ok.replace("1.1", "1.0")),
  "HTTP/1.0 until it ends": passes("HTTP/1.0 200 OK\r\n\r\nok", { leaves: "ends" }),
  "a body until it ends": passes(`${head()}ok`, { leaves: "ends" }),
  "a body until it breaks off": cut("", "resets", `${head()}begun`),
}

const early = "HTTP/1.1 103 Early Hints\r\nLink: </poison>\r\nContent-Length: 6\r\n\r\n"
const interim: Record<string, Hostile> = {
  "17 interim answers": refused(`${"HTTP/1.1 100 Continue\r\n\r\n".repeat(17)}${ok}`),
  "100,000 interim answers": refused("HTTP/1.1 103 Early Hints\r\n\r\n".repeat(100_000)),
  "an interim answer, and then its end": refused("HTTP/1.1 100 Continue\r\n\r\n", { leaves: "ends" }),
  "an interim answer with a body": refused(`${early}poison${ok}`),
  "an interim answer with LF alone": refused(`HTTP/1.1 100 Continue\n\n${ok}`),
  "101 that nobody asked for": refused(`HTTP/1.1 101 Switching Protocols\r\n\r\n${poison}`),
  "101 to a WebSocket": refused(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x06poison`,
  ),
  "101 to HTTP/2": refused(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n\0\0\0\x04\0\0\0\0\0`,
  ),
  "16 interim answers with headers of their own": passes(`${early.repeat(16)}${ok}`),
  "an interim answer that nobody knows": passes(`HTTP/1.1 199 ?\r\n\r\n${ok}`),
  "100 though nobody expects it": passes(`HTTP/1.1 100 Continue\r\n\r\n${ok}`),
}

const surplus: Record<string, Hostile> = {
  "two answers at once": passes(`${ok}${poison}`),
  "two answers in chunks at once": passes(`${okInChunks}${okInChunks.replaceAll("ok", "poison").replace("2", "6")}`),
  "a hundred answers at once": passes(`${ok}${poison.repeat(100)}`),
  "nonsense behind the answer": passes(`${ok}\0\0poison`),
  "an empty line behind the answer": passes(`${ok}\r\n`),
  "an interim answer behind the answer": passes(`${ok}HTTP/1.1 100 Continue\r\n\r\n`),
  "the length of nothing, and a body": passes(`${head("Content-Length: 0")}poison`, { body: "" }),
  "the end right behind the answer": passes(ok, { leaves: "ends" }),
  "a reset behind the answer": passes(ok, { goesOn: "", leaves: "resets" }),
  "another answer while nobody asks": passes(ok, { goesOn: poison }),
  "another answer in chunks while nobody asks": passes(okInChunks, { goesOn: poison }),
  "408 while nobody asks": passes(ok, {
    goesOn: "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n",
    leaves: "ends",
  }),
  "a letter while nobody asks": passes(ok, { goesOn: "H" }),
  "an answer before the request is there": passes(ok, { method: "POST", early: true }),
  "two answers before the request is there": passes(`${ok}${poison}`, { method: "POST", early: true }),
  "nonsense before the request is there": refused("poison\r\n\r\n", { method: "POST", early: true }),
}

const drips: Record<string, Hostile> = {
  "an answer that drips": passes(ok, { drips: true }),
  "chunks that drip": passes(okInChunks, { drips: true }),
  "another answer that drips while nobody asks": passes(ok, { goesOn: poison, drips: true }),
  "a length and chunks that drip": refused(head("Content-Length: 2", "Transfer-Encoding: chunked"), { drips: true }),
  "a TLS alert that drips": refused("\x15\x03\x01\0\x02\x02\x46", { drips: true }),
  "a bad chunk that drips": { ...cut(`5\nhello\r\n`), drips: true },
  silence: late(""),
  "half a status line, and silence": late("HTTP/1."),
  "half a head, and silence": late("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"),
  "interim answers, and silence": late("HTTP/1.1 102 Processing\r\n\r\n".repeat(16)),
}

/** Every hostile answer that a client is kept safe from, by what it is. */
export const hostile: readonly (readonly [what: string, given: Hostile])[] = [
  lengths,
  chunks,
  heads,
  protocols,
  interim,
  bodiless,
  ends,
  surplus,
  drips,
].flatMap((table) => Object.entries(table))

/** What the parser has to refuse has to end as a 502. */
export const unread: typeof hostile = Object.entries(unreadable).map(([what, given]) => {
  const [says, method] = typeof given === "string" ? [given] : given
  return [what, refused(says, { leaves: "ends", ...(method === "HEAD" && { method }) })] as const
})
