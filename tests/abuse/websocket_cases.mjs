// The table of tests/abuse/websocket.test.mjs: what a peer may send over `deskbell.v1`, and what must come of it.
//
// A case is {family, name, send, expect}. `send` is a list of byte strings, each a write of its own. `expect` is a list:
//   {ok: id}      the answer to our own protocol's request of that id: the frame before it was understood
//   {pong: text}  a pong with that payload
//   {close: code} a close frame with this code (a list: one of these), then the end of the connection
// Where RFC 6455 leaves a choice, docs/protocol.md decides: text only (1003), 64 KiB a message (1009), no extensions.
import { closePayload, frame, text } from "./raw.mjs";

const cases = [];
const add = (family, name, send, expect) => cases.push({ family, name, send: [send].flat(), expect: [expect].flat() });

export const limit = 65_536;
// A request of exactly `size` bytes: JSON may end with blanks.
export const request = (size, id = 1) => { const json = `{"type":"ping","id":${JSON.stringify(id)}}`; return json + " ".repeat(size - json.length); };
const ping = (payload = "", options) => frame(9, payload, options);
const pong = (payload = "", options) => frame(10, payload, options);
const asked = text(request(22, 7));
const answered = { ok: 7 };
const cut = (bytes, ...at) => { const pieces = []; let from = 0; for (const to of [...at, bytes.length]) { pieces.push(bytes.subarray(from, to)); from = to; } return pieces; };

// ---- 1 framing: every class of length, whole and with a late payload
for (const size of [22, 124, 125, 126, 127, 128, 255, 256, 4096, 65_534, 65_535, 65_536])
  add("framing", `a text of ${size} bytes`, text(request(size)), { ok: 1 });
for (const size of [125, 126, 127, 128, 65_535, 65_536]) {
  const bytes = text(request(size));
  add("framing", `a text of ${size} bytes, the header alone first`, cut(bytes, bytes.length - size), { ok: 1 });
  add("framing", `a text of ${size} bytes, its last byte late`, cut(bytes, bytes.length - 1), { ok: 1 });
}
for (const size of [0, 1]) add("framing", `a text of ${size} bytes is no request`, text("1".repeat(size)), { close: 4002 });
for (const [name, payload] of [["an array", "[]"], ["a number", "1"], ["cut JSON", '{"type":'], ["no type", "{}"], ["a type that is no text", '{"type":1}'], ["a second hello", '{"type":"hello","token":"x"}']])
  add("framing", `${name} is a bad frame`, text(payload), { close: 4002 });
add("framing", "ten requests in one segment", Buffer.concat(Array.from({ length: 10 }, (_, i) => text(request(30, i)))), Array.from({ length: 10 }, (_, i) => ({ ok: i })));
add("framing", "a request, a ping and a request in one segment", Buffer.concat([text(request(30, 1)), ping("x"), text(request(30, 2))]), [{ ok: 1 }, { pong: "x" }, { ok: 2 }]);
add("framing", "a mask of zeros", Buffer.concat([Buffer.from([0x81, 0x80 | 22, 0, 0, 0, 0]), Buffer.from(request(22))]), { ok: 1 });
for (const [size, form] of [[125, 16], [22, 64], [125, 64], [126, 64], [65_535, 64]])
  add("framing", `the length ${size} written in ${form} bits is not the shortest form`, frame(1, request(size), { form }), { close: 1002 });

// ---- 2 ping and pong
for (const size of [0, 1, 2, 124, 125]) add("ping", `a ping of ${size} bytes`, ping("p".repeat(size)), { pong: "p".repeat(size) });
add("ping", "a ping of bytes that are no text", ping(Buffer.from([0, 255, 254, 128])), { pong: Buffer.from([0, 255, 254, 128]) });
add("ping", "a ping of 126 bytes", ping("p".repeat(126)), { close: 1002 });
add("ping", "a ping that claims 65536 bytes", frame(9, "", { length: 65_536 }), { close: 1002 });
add("ping", "a ping a byte at a time", [...ping("slowly")].map((byte) => Buffer.from([byte])), { pong: "slowly" });
add("ping", "a pong nobody asked for", [pong(), pong("x".repeat(125)), asked], answered);
add("ping", "a pong of 126 bytes", pong("p".repeat(126)), { close: 1002 });
add("ping", "pings in a row are answered in order", Buffer.concat(Array.from({ length: 10 }, (_, i) => ping(`n${i}`))), Array.from({ length: 10 }, (_, i) => ({ pong: `n${i}` })));
for (const size of [0, 125]) add("ping", `a fragmented ping of ${size} bytes`, ping("p".repeat(size), { fin: false }), { close: 1002 });
add("ping", "a fragmented pong", pong("", { fin: false }), { close: 1002 });

// ---- 3 reserved bits: nothing was negotiated, so none may be set
for (let rsv = 1; rsv < 8; ++rsv) {
  for (const [name, opcode, payload] of [["a text", 1, request(22)], ["a ping", 9, ""], ["a pong", 10, ""], ["a close", 8, closePayload(1000)], ["a binary frame", 2, ""], ["a continuation", 0, ""]])
    add("rsv", `${name} with reserved bits ${rsv.toString(2).padStart(3, "0")}`, frame(opcode, payload, { rsv }), { close: 1002 });
  add("rsv", `bits ${rsv.toString(2).padStart(3, "0")} after a good request`, Buffer.concat([asked, frame(1, request(22), { rsv })]), [answered, { close: 1002 }]);
}

// ---- 4 opcodes
for (let opcode = 0; opcode < 16; ++opcode) {
  const verdict = opcode === 1 ? { ok: 1 } : opcode === 2 ? { close: 1003 } : opcode === 8 ? { close: 1000 } : opcode === 9 ? { pong: opcode === 9 ? request(22) : "" } : opcode === 10 ? undefined : { close: 1002 };
  const payload = opcode === 8 ? closePayload(1000) : request(22);
  add("opcodes", `opcode ${opcode}, whole`, opcode === 10 ? [frame(opcode, payload), asked] : frame(opcode, payload), verdict ?? answered);
  const unfinished = opcode === 1 ? [frame(1, request(22).slice(0, 9), { fin: false }), frame(0, request(22).slice(9))] : frame(opcode, payload, { fin: false });
  add("opcodes", `opcode ${opcode}, not final`, unfinished, opcode === 1 ? { ok: 1 } : opcode === 2 ? { close: 1003 } : { close: 1002 });
  const inside = [frame(1, request(22).slice(0, 9), { fin: false }), frame(opcode, opcode === 0 ? request(22).slice(9) : payload)];
  const insideVerdict = opcode === 0 ? [{ ok: 1 }] : opcode === 8 ? [{ close: 1000 }] : opcode === 9 ? [{ pong: request(22) }, { ok: 1 }] : opcode === 10 ? [{ ok: 1 }] : [{ close: 1002 }];
  if (opcode === 9 || opcode === 10) inside.push(frame(0, request(22).slice(9)));
  add("opcodes", `opcode ${opcode} inside a fragmented text`, inside, insideVerdict);
}

// ---- 5 fragments
const whole = request(60, "fragments");
for (const count of [2, 3, 5, 30, 60]) {
  const step = Math.ceil(whole.length / count);
  const parts = Array.from({ length: Math.ceil(whole.length / step) }, (_, i) => whole.slice(i * step, (i + 1) * step));
  const frames = parts.map((part, i) => frame(i === 0 ? 1 : 0, part, { fin: i === parts.length - 1 }));
  add("fragments", `a text in ${parts.length} frames, one write`, Buffer.concat(frames), { ok: "fragments" });
  add("fragments", `a text in ${parts.length} frames, a write each`, frames, { ok: "fragments" });
  add("fragments", `a text in ${parts.length} frames with pings between`, frames.flatMap((each, i) => (i === 0 ? [each] : [ping(`between ${i}`), each])), [...parts.slice(1).map((_, i) => ({ pong: `between ${i + 1}` })), { ok: "fragments" }]);
}
add("fragments", "empty fragments around the text", [frame(1, "", { fin: false }), frame(0, "", { fin: false }), frame(0, whole, { fin: false }), frame(0, "", { fin: false }), frame(0, "")], { ok: "fragments" });
add("fragments", "nothing but empty fragments is an empty text", [frame(1, "", { fin: false }), frame(0, "", { fin: false }), frame(0, "")], { close: 4002 });
add("fragments", "ten thousand empty fragments", [frame(1, "", { fin: false }), Buffer.concat(Array.from({ length: 10_000 }, () => frame(0, "", { fin: false }))), frame(0, whole)], { ok: "fragments" });
add("fragments", "a close in the middle of a message", [frame(1, whole.slice(0, 10), { fin: false }), frame(8, closePayload(1001))], { close: 1001 });
add("fragments", "a continuation of nothing", frame(0, whole), { close: 1002 });
add("fragments", "a continuation of nothing, not final", frame(0, whole, { fin: false }), { close: 1002 });
add("fragments", "a continuation after a whole text", [asked, frame(0, "x")], [answered, { close: 1002 }]);
add("fragments", "a new text before the last one is whole", [frame(1, whole.slice(0, 10), { fin: false }), text(whole)], { close: 1002 });
add("fragments", "a binary frame before the text is whole", [frame(1, whole.slice(0, 10), { fin: false }), frame(2, "x")], { close: 1002 });
add("fragments", "a fragmented close", frame(8, closePayload(1000), { fin: false }), { close: 1002 });
add("fragments", "two fragmented texts one after the other", ["a", "b"].flatMap((id) => [frame(1, request(40, id).slice(0, 5), { fin: false }), frame(0, request(40, id).slice(5))]), [{ ok: "a" }, { ok: "b" }]);

// ---- 6 UTF-8: the text comes back as the request's id
const wrap = (middle) => Buffer.concat([Buffer.from('{"type":"ping","id":"'), middle, Buffer.from('"}')]);
const hex = (digits) => Buffer.from(digits.replace(/ /g, ""), "hex");
const good = ["κόσμε", "Hello-µ@ßöäüàá-UTF-8!!", "日本語", "😀😁", "e\u0301", "\u00a0", "\u07ff", "\u0800", "\u0fff", "\ud7ff", "\ue000", "\ufffd", "\ufffe", "\uffff", "\u{10000}", "\u{1fffe}", "\u{3ffff}", "\u{40000}", "\u{fffff}", "\u{100000}", "\u{10fffe}", "\u{10ffff}", "\ufdd0", "\ufdef", "\u0080", "\u{1f468}\u200d\u{1f469}"];
for (const words of good) {
  const name = [...words].map((c) => c.codePointAt(0).toString(16)).join(" ");
  const bytes = wrap(Buffer.from(words));
  const middle = 21 + Math.floor(Buffer.byteLength(words) / 2);
  add("utf-8", `good: ${name}`, text(bytes), { ok: words });
  add("utf-8", `good, cut inside: ${name}`, [frame(1, bytes.subarray(0, middle), { fin: false }), frame(0, bytes.subarray(middle))], { ok: words });
  add("utf-8", `good, a byte a frame: ${name}`, [...bytes].map((byte, i) => frame(i === 0 ? 1 : 0, Buffer.from([byte]), { fin: i === bytes.length - 1 })), { ok: words });
}
const bad = {
  "a lonely continuation 80": "80", "a lonely continuation bf": "bf", "two continuations": "80bf", "five continuations": "80bf80bf80",
  "a start of two without its end": "c3 20", "a start of three, nothing more": "e1 20", "a start of three, one more": "e18020", "a start of four, two more": "f0908020", "a start of five": "f888808080", "a start of six": "fc8480808080",
  "overlong / in two": "c0af", "overlong / in three": "e080af", "overlong / in four": "f08080af", "overlong / in five": "f8808080af", "overlong / in six": "fc80808080af",
  "overlong NUL in two": "c080", "overlong NUL in three": "e08080", "overlong NUL in four": "f0808080", "largest overlong of two": "c1bf", "largest overlong of three": "e09fbf", "largest overlong of four": "f08fbfbf",
  "surrogate d800": "eda080", "surrogate db7f": "edadbf", "surrogate db80": "edae80", "surrogate dbff": "edafbf", "surrogate dc00": "edb080", "surrogate dfff": "edbfbf", "a surrogate pair": "eda080edb080", "the last surrogate pair": "edafbfedbfbf",
  "past U+10FFFF": "f4908080", "far past": "f5808080", "f7bfbfbf": "f7bfbfbf", "byte fe": "fe", "byte ff": "ff", "fe fe ff ff": "fefeffff", "latin-1": "e4f6fc", "c0": "c0", "c1": "c1", "f5": "f5",
};
for (const [name, digits] of Object.entries(bad)) {
  const bytes = wrap(hex(digits));
  add("utf-8", `bad: ${name}`, text(bytes), { close: 1007 });
  // Fail fast: refused before the message is whole, which it never becomes.
  add("utf-8", `bad, in a first fragment: ${name}`, frame(1, bytes, { fin: false }), { close: 1007 });
  add("utf-8", `bad, while the frame still arrives: ${name}`, frame(1, bytes, { length: 5000 }), { close: 1007 });
}
for (const [name, digits] of [["of two", "c3"], ["of three", "e282"], ["of four", "f09f98"], ["of four, one byte", "f0"]]) {
  add("utf-8", `a text that ends inside a character ${name}`, text(Buffer.concat([Buffer.from('{"a":"'), hex(digits)])), { close: 1007 });
  add("utf-8", `the last fragment ends inside a character ${name}`, [frame(1, Buffer.concat([Buffer.from('{"a":"'), hex(digits)]), { fin: false }), frame(0, "")], { close: 1007 });
  add("utf-8", `a fragment ends inside a character ${name}, the next goes wrong`, [frame(1, hex(digits), { fin: false }), frame(0, "x", { fin: false })], { close: 1007 });
}
add("utf-8", "a ping between the halves of a character", [frame(1, wrap(Buffer.from("µ")).subarray(0, 22), { fin: false }), ping(Buffer.from([0xff])), frame(0, wrap(Buffer.from("µ")).subarray(22))], [{ pong: Buffer.from([0xff]) }, { ok: "µ" }]);

// ---- 7 closing
add("close", "without a code", frame(8), { close: 1005 });
add("close", "with half a code", frame(8, Buffer.from([3])), { close: 1002 });
for (const code of [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3001, 3999, 4000, 4001, 4321, 4999]) add("close", `with the code ${code}`, frame(8, closePayload(code)), { close: code });
for (const code of [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1099, 1100, 1999, 2000, 2999, 5000, 9999, 65_535]) add("close", `with the code ${code}, which nobody may send`, frame(8, closePayload(code)), { close: 1002 });
for (const reason of ["bye", "κόσμε", "r".repeat(123)]) add("close", `with a reason of ${Buffer.byteLength(reason)} bytes`, frame(8, closePayload(1000, reason)), { close: 1000 });
add("close", "with a reason of 124 bytes", frame(8, closePayload(1000, "r".repeat(124))), { close: 1002 });
for (const digits of ["ff", "c0af", "eda080", "e282"]) add("close", `with a reason that is no text (${digits})`, frame(8, Buffer.concat([closePayload(1000), hex(digits)])), { close: 1007 });
add("close", "a byte at a time", [...frame(8, closePayload(1000, "slow"))].map((byte) => Buffer.from([byte])), { close: 1000 });
add("close", "what follows a close is not read", Buffer.concat([frame(8, closePayload(1000)), text("garbage"), frame(8, closePayload(1001)), ping("x")]), { close: 1000 });
add("close", "after a request in the same segment", Buffer.concat([asked, frame(8, closePayload(1000))]), [answered, { close: 1000 }]);
add("close", "after a ping in the same segment", Buffer.concat([ping("last"), frame(8, closePayload(1000))]), [{ pong: "last" }, { close: 1000 }]);

// ---- 9 limits: refused by what is declared, before it is kept
for (const [name, length, code] of [["one byte too many", limit + 1, 1009], ["a mebibyte", 1 << 20, 1009], ["2^32", 2n ** 32n, 1009], ["2^53 + 1", 2n ** 53n + 1n, 1009], ["2^63 - 1", 2n ** 63n - 1n, 1009], ["2^63", 2n ** 63n, 1002], ["2^64 - 1", 2n ** 64n - 1n, 1002]]) {
  add("limits", `a text that claims ${name}`, frame(1, "", { length, form: 64 }), { close: code });
  add("limits", `a first fragment that claims ${name}`, frame(1, "", { length, form: 64, fin: false }), { close: code });
}
add("limits", "fragments of exactly 64 KiB together", [frame(1, request(limit).slice(0, 40_000), { fin: false }), frame(0, request(limit).slice(40_000))], { ok: 1 });
add("limits", "fragments of one byte more together", [frame(1, " ".repeat(40_000), { fin: false }), frame(0, "", { length: limit - 40_000 + 1 })], { close: 1009 });
add("limits", "a message of 64 KiB, then one more fragment of a byte", [frame(1, " ".repeat(limit), { fin: false }), frame(0, "x")], { close: 1009 });
add("limits", "fragments that would never end", Array.from({ length: 70 }, (_, i) => frame(i === 0 ? 1 : 0, " ".repeat(1000), { fin: false })), { close: 1009 });

// ---- masks
for (const [name, bytes] of [["a text", text(request(22), { masked: false })], ["an empty text", text("", { masked: false })], ["a ping", ping("", { masked: false })], ["a pong", pong("", { masked: false })], ["a close", frame(8, closePayload(1000), { masked: false })], ["a binary frame", frame(2, "", { masked: false })], ["64 KiB", text(request(limit), { masked: false })]])
  add("masks", `${name} without a mask`, bytes, { close: name === "a binary frame" ? [1002, 1003] : 1002 });
add("masks", "a continuation without a mask", [frame(1, "{", { fin: false }), frame(0, "}", { masked: false })], { close: 1002 });
add("masks", "HTTP where a frame was expected", Buffer.from("GET / HTTP/1.1\r\n\r\n"), { close: 1002 });
add("masks", "TLS where a frame was expected", Buffer.from("1603010200010001fc0303", "hex"), { close: 1002 });
add("masks", "zeros", Buffer.alloc(64), { close: 1002 });
add("masks", "0xff over and over", Buffer.alloc(64, 255), { close: 1002 });

export default cases;
