// The table of tests/abuse/http.test.mjs: requests that two servers might read differently, or that ask for too much.
//
// A case is {family, name, send, expect, ends}. `expect` lists the statuses of all answers, in order; nothing may come
// after them. `ends`: the server closes the connection (whatever is not understood must not be followed by more).
const cases = [];
const add = (family, name, send, expect, ends = true) => cases.push({ family, name, send, expect: [expect].flat(), ends });

const json = '{"client_id":"smuggled","text":"x"}';
const post = (headers, body = "", path = "/v1/session/messages") => `POST ${path} HTTP/1.1\r\nHost: h\r\n${headers}\r\n${body}`;
const get = (headers = "", target = "/healthz", version = "HTTP/1.1") => `GET ${target} ${version}\r\nHost: h\r\n${headers}\r\n`;
const chunked = "Transfer-Encoding: chunked\r\n";
const inside = get();  // what a smuggler hides in a body

// ---- framing headers that contradict or repeat each other
for (const [name, headers, body] of [
  ["CL.TE", `Content-Length: 6\r\n${chunked}`, "0\r\n\r\nX"], ["TE.CL", `${chunked}Content-Length: 4\r\n`, `${inside.length.toString(16)}\r\n${inside}\r\n0\r\n\r\n`],
  ["two lengths", "Content-Length: 0\r\nContent-Length: 44\r\n", inside], ["two equal lengths", "Content-Length: 1\r\nContent-Length: 1\r\n", "x"], ["a list of lengths", "Content-Length: 1, 1\r\n", "x"],
  ["TE twice", `${chunked}${chunked}`, "0\r\n\r\n"], ["TE chunked and identity", `${chunked}Transfer-Encoding: identity\r\n`, "0\r\n\r\n"], ["TE: chunked, chunked", "Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"],
  ["TE: identity", "Transfer-Encoding: identity\r\n", ""], ["TE: gzip", "Transfer-Encoding: gzip\r\n", ""], ["TE: gzip, chunked", "Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"], ["TE: xchunked", "Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"],
  ["TE: chunked;x", "Transfer-Encoding: chunked;x=1\r\n", "0\r\n\r\n"], ["TE: \"chunked\"", "Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n"], ["TE, blank before the colon", "Transfer-Encoding : chunked\r\n", "0\r\n\r\n"], ["TE, folded", "Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"],
  ["TE behind a vertical tab", "Transfer-Encoding: \x0bchunked\r\n", "0\r\n\r\n"], ["TE with NUL", "Transfer-Encoding: chunked\0\r\n", "0\r\n\r\n"], ["TE behind a bare CR", "X: y\rTransfer-Encoding: chunked\r\n", "0\r\n\r\n"], ["TE behind a bare LF", "X: y\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"],
  ["CL, blank before the colon", "Content-Length : 5\r\n", "hello"], ["CL folded", "Content-Length:\r\n 5\r\n", "hello"], ["CL empty", "Content-Length: \r\n", ""], ["CL negative", "Content-Length: -1\r\n", ""], ["CL with a plus", "Content-Length: +5\r\n", "hello"],
  ["CL hexadecimal", "Content-Length: 0x5\r\n", "hello"], ["CL with letters", "Content-Length: 5a\r\n", "hello"], ["CL with a blank inside", "Content-Length: 1 1\r\n", "hello world"], ["CL with a fraction", "Content-Length: 5.0\r\n", "hello"], ["CL of 2^64", "Content-Length: 18446744073709551616\r\n", ""],
]) add("smuggling", name, post(headers, body), 400);
add("smuggling", "TE in HTTP/1.0", `POST / HTTP/1.0\r\nHost: h\r\n${chunked}\r\n0\r\n\r\n`, 400);
add("smuggling", "a request in a body is a body", `${post(`Content-Type: application/json\r\nContent-Length: ${inside.length}\r\n`, inside)}${get()}`, [401, 200], false);
add("smuggling", "a request in a chunk is a body", `${post(`Content-Type: application/json\r\n${chunked}`, `${inside.length.toString(16)}\r\n${inside}\r\n0\r\n\r\n`)}${get()}`, [401, 200], false);
add("smuggling", "a body of GET is a body", `${get(`Content-Length: ${inside.length}\r\n`)}${inside}${get()}`, [200, 200], false);
add("smuggling", "a length in a trailer changes nothing", `${post(`Content-Type: application/json\r\n${chunked}`, "2\r\n{}\r\n0\r\nContent-Length: 50\r\n\r\n")}${get()}`, [401, 200], false);
add("smuggling", "a length of leading zeros", `${post("Content-Type: application/json\r\nContent-Length: 0002\r\n", "{}")}${get()}`, [401, 200], false);
add("smuggling", "CHUNKED in capitals", `${post("Content-Type: application/json\r\nTransfer-Encoding: CHUNKED\r\n", "2\r\n{}\r\n0\r\n\r\n")}${get()}`, [401, 200], false);

// ---- chunks
for (const [name, body] of [
  ["a size that is no number", "zz\r\n"], ["an empty size", "\r\n"], ["a negative size", "-1\r\n"], ["a size with 0x", "0x2\r\n{}\r\n0\r\n\r\n"], ["a size with a blank", " 2\r\n{}\r\n0\r\n\r\n"], ["a blank behind the size", "2 \r\n{}\r\n0\r\n\r\n"],
  ["a size of sixteen digits", "0000000000000002\r\n{}\r\n0\r\n\r\n"], ["a size that overflows", "ffffffffffffffffff\r\n"], ["a size ended by a bare LF", "2\n{}\r\n0\r\n\r\n"], ["a size ended by a bare CR", "2\r{}\r\n0\r\n\r\n"],
  ["data longer than its size", "2\r\n{} \r\n0\r\n\r\n"], ["data ended by a bare LF", "2\r\n{}\n0\r\n\r\n"], ["data without its end", "2\r\n{}0\r\n\r\n"], ["NUL in an extension", "2;a=\0\r\n{}\r\n0\r\n\r\n"], ["an extension of 9 KB", `2;${"x".repeat(9000)}\r\n{}\r\n0\r\n\r\n`],
  ["trailers of 9 KB", `0\r\n${"x: y\r\n".repeat(1600)}\r\n`], ["a trailer ended by a bare LF", "0\r\nx: y\n\r\n"], ["a thousand extensions in small chunks", "1;aaaaaaaaaaaaaaaaaa\r\nx\r\n".repeat(1000)],
]) add("chunks", name, post(`Content-Type: application/json\r\n${chunked}`, body), 400);
add("chunks", "a chunk larger than any body", post(chunked, "fffff\r\n"), 413);
add("chunks", "chunks that add up to too much", post(chunked, `8000\r\n${" ".repeat(0x8000)}\r\n8001\r\n`), 413);
add("chunks", "in pieces, with extensions and trailers", `${post(`Content-Type: application/json\r\n${chunked}`, "1;x=y\r\n{\r\n1\r\n}\r\n000\r\nX: y\r\n\r\n")}${get()}`, [401, 200], false);

// ---- too much
for (const length of ["65537", "1048577", "4294967296", "9223372036854775807"]) add("size", `a length of ${length}`, post(`Content-Length: ${length}\r\n`), 413);
add("size", "exactly 64 KiB", `${post("Content-Type: application/json\r\nContent-Length: 65536\r\n", " ".repeat(65_536))}${get()}`, [401, 200], false);
add("size", "a length of 1 MiB to Slack's door", `${post(`Content-Length: ${1 << 20}\r\n`, " ".repeat(1 << 20), "/slack/events")}${get()}`, [401, 200], false);
add("size", "more than 1 MiB to Slack's door", post(`Content-Length: ${(1 << 20) + 1}\r\n`, "", "/slack/events"), 413);
add("size", "a header of 20 KB", get(`X: ${"y".repeat(20_000)}\r\n`), 431);
add("size", "a name of 20 KB", get(`${"X".repeat(20_000)}: y\r\n`), 431);
add("size", "five thousand headers", get("X: y\r\n".repeat(5000)), 431);
add("size", "a URL of 20 KB", get("", `/${"u".repeat(20_000)}`), 431);
add("size", "a URL of 15 KB", get("", `/${"u".repeat(15_000)}`), 404, false);
add("size", "two thousand short headers", get(Array.from({ length: 1500 }, (_, i) => `A${i}:1\r\n`).join("")), 200, false);

// ---- request lines
for (const [name, line] of [
  ["no target", "GET HTTP/1.1"], ["no version", "GET /healthz"], ["HTTP/0.9", "GET /healthz HTTP/0.9"], ["HTTP/1.15", "GET /healthz HTTP/1.15"], ["HTTP/11", "GET /healthz HTTP/11"], ["http/1.1", "GET /healthz http/1.1"], ["HTTP/3", "GET /healthz HTTP/3"],
  ["two blanks", "GET  /healthz HTTP/1.1"], ["a tab", "GET\t/healthz HTTP/1.1"], ["a blank in the target", "GET /health z HTTP/1.1"], ["a relative target", "GET healthz HTTP/1.1"], ["another scheme", "GET ftp://h/healthz HTTP/1.1"], ["authority form", "GET h:80 HTTP/1.1"],
  ["asterisk with GET", "GET * HTTP/1.1"], ["a fragment", "GET /healthz#x HTTP/1.1"], ["bytes above ASCII", "GET /h\u00e9 HTTP/1.1"], ["a control byte", "GET /h\x01 HTTP/1.1"], ["NUL", "GET /h\0 HTTP/1.1"], ["DEL", "GET /h\x7f HTTP/1.1"], ["a blank before the method", " GET /healthz HTTP/1.1"],
  ["a method in lower case", "get /healthz HTTP/1.1"], ["a method of symbols", "G{}T /healthz HTTP/1.1"], ["a method of 40 letters", `${"A".repeat(40)} /healthz HTTP/1.1`],
  ["a lonely percent sign", "GET /healthz?x=% HTTP/1.1"], ["a percent sign and one digit", "GET /healthz?x=%4 HTTP/1.1"], ["percent and no digits", "GET /healthz?after=%zz HTTP/1.1"], ["percent in the path", "GET /%g0 HTTP/1.1"], ["%u0041", "GET /%u0041 HTTP/1.1"],
]) add("request line", name, `${line}\r\nHost: h\r\n\r\n`, 400);
add("request line", "percent-encoded path", get("", "/%68ealthz"), 404, false);
add("request line", "percent-encoded slashes and dots", get("", "/%2e%2e/%2fetc/passwd"), 404, false);
add("request line", "NUL, percent-encoded", get("", "/healthz%00"), 404, false);
add("request line", "a path that climbs", get("", "/demo/../../etc/passwd"), 404, false);
add("request line", "absolute form", get("", "http://other.example/healthz"), 200, false);
add("request line", "absolute form with userinfo", get("", "http://a:b@h/healthz"), 200, false);
add("request line", "absolute form without a path", get("", "http://h?x"), 302, false);
add("request line", "OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", 404, false);
add("request line", "CONNECT", "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n", 400);
for (const method of ["TRACE", "DELETE", "PUT", "PATCH", "PROPFIND", "BREW", "A"]) add("request line", method, `${method} /healthz HTTP/1.1\r\nHost: h\r\n\r\n`, 405, false);
add("request line", "the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400);
add("request line", "TLS on a plain port", Buffer.from("16030100c8010000c40303", "hex"), 400);
add("request line", "SSH", "SSH-2.0-OpenSSH_9.2\r\n", 400);
add("request line", "nine empty lines before it", `${"\r\n".repeat(9)}${get()}`, 400);
add("request line", "an empty line before it", `\r\n${get()}`, 200, false);
add("request line", "every line ended by a bare LF", "GET /healthz HTTP/1.1\nHost: h\n\n", 400);
add("request line", "one line ended by a bare LF", "GET /healthz HTTP/1.1\r\nHost: h\nX: y\r\n\r\n", 400);
add("request line", "a bare CR", "GET /healthz HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n", 400);

// ---- headers
for (const [name, headers] of [["no Host", ""], ["two Hosts", "Host: a\r\nHost: a\r\n"], ["a Host with a slash", "Host: a/b\r\n"], ["a Host with userinfo", "Host: a@b\r\n"], ["a Host with a blank", "Host: a b\r\n"], ["a list of Hosts", "Host: a, b\r\n"], ["a Host above ASCII", "Host: \u00e9\r\n"],
  ["a folded line", "Host: h\r\nX: a\r\n b\r\n"], ["a first line that is folded", " X: a\r\nHost: h\r\n"], ["no colon", "Host: h\r\nnonsense\r\n"], ["no name", "Host: h\r\n: x\r\n"], ["a blank in a name", "Host: h\r\nX Y: z\r\n"], ["a blank behind a name", "Host: h\r\nX : z\r\n"], ["brackets in a name", "Host: h\r\nX(): z\r\n"], ["NUL in a value", "Host: h\r\nX: a\0\r\n"], ["a control byte in a value", "Host: h\r\nX: a\x01b\r\n"]])
  add("headers", name, `GET /healthz HTTP/1.1\r\n${headers}\r\n`, 400);
add("headers", "HTTP/1.0 needs no Host", "GET /healthz HTTP/1.0\r\n\r\n", 200);
add("headers", "an expectation nobody meets", get("Expect: magic\r\nContent-Length: 1\r\n"), 417);
add("headers", "Expect: 100-continue", `${post("Expect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 2\r\n", "{}")}${get()}`, [401, 200], false);
add("headers", "Connection: close", get("Connection: close\r\n"), 200);
add("headers", "HTTP/1.0 closes by itself", get("", "/healthz", "HTTP/1.0"), 200);
add("headers", "HTTP/1.0 with keep-alive", get("Connection: keep-alive\r\n", "/healthz", "HTTP/1.0"), 200, false);
add("headers", "a content type that is not JSON", post("Content-Type: text/plain\r\nContent-Length: 2\r\n", "{}"), 415, false);
add("headers", "no content type", post("Content-Length: 2\r\n", "{}"), 415, false);
add("headers", "a body without its end, then the end of the connection", { finish: post("Content-Type: application/json\r\nContent-Length: 50\r\n", json) }, 400);
add("headers", "a head without its end, then the end of the connection", { finish: "GET /healthz HTTP/1.1\r\nHost:" }, 400);

// ---- pipelines
add("pipelines", "fifty requests", get().repeat(50), Array(50).fill(200), false);
add("pipelines", "a good one, a bad one, a good one", `${get()}nonsense\r\n\r\n${get()}`, [200, 400]);
add("pipelines", "a good one, then one that is too large", `${get()}${post("Content-Length: 99999999\r\n")}`, [200, 413]);
add("pipelines", "the last one closes", `${get()}${get("Connection: close\r\n")}${get()}`, [200, 200]);
add("pipelines", "HEAD and GET", `HEAD /healthz HTTP/1.1\r\nHost: h\r\n\r\n${get()}`, ["head 200", 200], false);

export default cases;
