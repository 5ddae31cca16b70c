import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { renderFrame, type FrameOptions } from "../../public/browser/render-frame.ts";
import { quoteText, textColumns } from "../../public/browser/frame-text.ts";
import { decodeFrame } from "../wire/decode-frame.ts";

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replace(/\s/g, ""), "hex"));

/** What the drawing says, without its marks; a table's cells are kept apart by `|`. */
function words(html: string): string {
  return html
    .replace(/<(t[hd]|tr|caption|p)\b[^>]*>/g, "|")
    .replace(/<[^>]+>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
}

/** The bytes that the drawing shows, in their order. */
function drawnBytes(html: string): string[] {
  const header = /<div class="f-header".*?<\/div><\/div>/s.exec(html)?.[0] ?? "";
  const tiles = [...header.matchAll(/<b>(?:byte 1|byte 2|length, [0-9]+ bits|masking key)<\/b><span>(.*?)<\/span>/g)];
  const payload = /<div class="f-payload".*?<\/div><\/div><\/div>|<div class="f-payload".*$/s.exec(html)?.[0] ?? "";
  const first = [...payload.matchAll(/<span[^>]*><i>([0-9a-f]{2})<\/i>/g)].map((match) => match[1] ?? "");
  return [...tiles.flatMap((match) => [...(match[1] ?? "").matchAll(/<i>(..)<\/i>/g)].map((tile) => tile[1] ?? "")), ...first];
}

describe("what the drawing says", () => {
  const cases: [name: string, hex: string, options: FrameOptions, says: string[], saysNot?: string[]][] = [
    ["a client's text", "81 85 37 fa 21 3d 7f 9f 4d 51 58", {}, [
      "Text frame 11 bytes", "FIN|1|1|the whole message", "RSV1–3|000|0|reserved", "opcode|0001|1|text: the payload is UTF-8",
      "MASK|1|1|masked, as a client must", "length|0000101|5|5 bytes", "masking key|37 fa 21 3d", "payload|7f 9f 4d 51 58|“Hello” 5 bytes",
    ]],
    ["a server's text", "81 01 48", { label: "What comes back" }, ["What comes back 3 bytes", "no key: a server's frame", "“H” 1 byte"], ["masking key"]],
    ["the wrong mask", "81 01 48", { from: "client" }, ["no key, though a client must mask"]],
    ["the wrong mask, too", "81 81 01 02 03 04 48", { from: "server" }, ["masked, which a server must not do"]],
    ["a fragment", "01 02 f0 9f", {}, ["FIN|0|0|more frames of this message follow", "“…”"], ["�", "not UTF-8"]],
    ["a later fragment", "80 02 98 80", {}, ["the last frame of its message", "continuation", "“…”"], ["�"]],
    ["a control frame in pieces", "09 00", {}, ["a control frame must not be split", "0 bytes of payload"]],
    ["a close", "88 85 37 fa 21 3d 34 12 43 44 52", {}, ["close code|34 12|1000|normal", "reason|43 44 52|“bye” 3 bytes"], ["|payload|"]],
    ["half a close code", "88 01 03", {}, ["half a code"]],
    ["a close without a code", "88 00", {}, ["empty: no close code"]],
    ["a private code", "88 02 0f a1", {}, ["4001|the application's own"]],
    ["a code that must not be sent", "88 02 03 e7", {}, ["999|no code that may be sent"]],
    ["16 bits", "82 7e 01 00", {}, ["length|1111110|126|the real length is in the next 16 bits", "length, 16 bits|01 00|256|bytes of payload", "256 bytes, not here", "its header, of 260 bytes in all"]],
    ["64 bits", "82 7f 00 00 00 00 00 01 11 70", {}, ["in the next 64 bits", "70,000|bytes of payload"]],
    ["the top bit", "82 7f 80 00 00 00 00 00 00 00", {}, ["the top bit is set"]],
    ["one byte", "81", {}, ["cut off after 1 byte", "the second byte is not here"]],
    ["half a length", "81 7e 01", {}, ["1 byte of it not here"]],
    ["half a key", "81 81 01 02", {}, ["masking key|||2 bytes of it not here", "payload|||1 byte, not here"]],
    ["half a payload", "81 05 48 65", {}, ["4 of 7 bytes", "5 bytes, 3 of them not here"]],
    ["only the beginning is drawn", "82 05 48 65", { size: 7 }, ["7 bytes", "… 3 bytes more", "|5 bytes, for the application"], ["not here", "shown"]],
    ["only the beginning is here, and less is known", "82 09 48 65", { size: 7 }, ["… 3 bytes more", "9 bytes, 4 of them not here"]],
    ["compressed", "c1 02 f3 48", { extensions: ["permessage-deflate"] }, ["compressed by permessage-deflate", "2 bytes, compressed"], ["“"]],
    ["RSV1 without an extension", "c1 02 68 69", {}, ["only an agreed extension may set them"]],
    ["a reserved opcode", "83 00", {}, ["Reserved 3 frame", "reserved for data frames of the future"]],
    ["not UTF-8", "81 02 c3 28", {}, ["2 bytes, not UTF-8"]],
    ["chunks", "81 05 48 65 6c 6c 6f", { cuts: [0, 1, 4] }, ["It came in 3 chunks, with 1, 3 and 3 bytes."], ["begins in the chunk"]],
    ["a chunk that is shared", "81 05 48 65 6c 6c 6f", { cuts: [1] }, ["It begins in the chunk of the frame before. It came in 2 chunks, with 1 and 6 bytes."]],
    ["one chunk", "81 05 48 65 6c 6c 6f", { cuts: [0] }, [], ["chunk"]],
    ["nothing", "", {}, ["There are no bytes."]],
  ];
  for (const [name, hex, options, says, saysNot = []] of cases) {
    test(name, () => {
      const said = words(renderFrame(bytes(hex), options));
      for (const part of says) assert.ok(said.includes(part), `${part} is not in ${said}`);
      for (const part of saysNot) assert.ok(!said.includes(part), `${part} is in ${said}`);
    });
  }
});

test("a link to the playground, for a whole frame that fits into it", () => {
  const link = (hex: string, from?: "server") => /href="([^"]*)"/.exec(renderFrame(bytes(hex), { from, playground: "../play.html" }))?.[1];
  assert.equal(link("81 01 48", "server"), "../play.html#hex=810148&amp;from=server");
  assert.equal(link("81 02 48"), undefined);
  assert.equal(link(`82 7e 04 00 ${"00".repeat(1024)}`), undefined);
});

test("whatever the bytes are, they are drawn: every byte of the header, and the payload's first ones", () => {
  const options = fc.record({
    from: fc.constantFrom<FrameOptions["from"]>("client", "server", undefined),
    extensions: fc.constantFrom<string[]>([], ["permessage-deflate"]),
    cuts: fc.array(fc.nat(60), { maxLength: 4 }),
    size: fc.option(fc.nat(1000), { nil: undefined }),
  });
  const header = fc.uint8Array({ minLength: 1, maxLength: 60 });
  const short = fc.tuple(fc.nat(255), fc.nat(20), fc.boolean(), header).map(([first, length, masked, rest]) => Uint8Array.of(first, length + (masked ? 128 : 0), ...rest));
  fc.assert(
    fc.property(fc.oneof(header, short), options, (bytes, options) => {
      const html = renderFrame(bytes, options);
      const frame = decodeFrame(bytes);
      const shown = Math.min(frame.bytes.length, (frame.headerLength ?? 2) + 32);
      const expected = [...frame.bytes.subarray(0, shown)].map((byte) => byte.toString(16).padStart(2, "0"));
      assert.deepEqual(drawnBytes(html), expected);
      assert.doesNotMatch(html, /undefined|NaN|\[object/);
    }),
    { numRuns: 300 },
  );
});

test("nothing in a payload becomes markup", () => {
  const text = "<script>alert('&\"')</script>";
  const payload = new TextEncoder().encode(text);
  const html = renderFrame(Uint8Array.of(0x81, payload.length, ...payload), { label: "<b>" });
  const withoutTags = html.replace(/<\/?[a-z]+( [a-z-]+="[^"<>]*")*>/g, "");
  assert.doesNotMatch(withoutTags, /[<>]|&(?!(amp|lt|gt|quot);)/);
  assert.doesNotMatch(html, /<script|<b><b>/);
  assert.ok(words(html).includes(text), words(html));
});

test("a frame of 26 bytes takes less than 5 kB, and one of 100 kB not much more", () => {
  const frame = bytes("81 94 3d 54 23 39 75 3d 0f 19 5b 26 4c 54 1d 20 4b 5c 1d 27 46 4b 4b 31 51 18");
  const small = renderFrame(frame, { playground: "../../playground/index.html", from: "client", cuts: [3, 9] });
  assert.ok(small.length < 5000, String(small.length));
  const large = renderFrame(Uint8Array.of(0x81, 0x7f, 0, 0, 0, 0, 0, 1, 0x86, 0xa0, ...new Uint8Array(100_000).fill(97)), {});
  assert.ok(large.length < 6000, String(large.length));
  assert.match(words(large), /… 99,968 bytes more/);
});

test("text column by column", () => {
  const columns = (text: string | Uint8Array, count = 32) => textColumns(typeof text === "string" ? new TextEncoder().encode(text) : text, count);
  assert.deepEqual(columns("aé€😀"), ["a", "é", "", "€", "", "", "😀", "", "", ""]);
  assert.deepEqual(columns(Uint8Array.of(0xf0, 0x9f, 0x41, 0xff)), ["�", "�", "A", "�"]);
  assert.deepEqual(columns("\n \u007f\u202e"), ["␊", "␣", "␡", "◌", "", ""]);
  assert.deepEqual(columns("a😀", 3), ["a", "😀", ""]);
});

test("text in quotes", () => {
  const quote = (input: Uint8Array, isPart = false, most = 5) => quoteText(input, { isPart, most });
  const utf8 = (text: string) => new TextEncoder().encode(text);
  assert.equal(quote(utf8("Hello")), "“Hello”");
  assert.equal(quote(utf8("Hello!")), "“Hello…”");
  assert.equal(quote(utf8("a\nb\u202e"), false, 9), "“a␊b\\u{202e}”");
  assert.equal(quote(Uint8Array.of(0xf0, 0x9f)), undefined);
  assert.equal(quote(Uint8Array.of(0x61, 0xf0, 0x9f), true), "“a…”");
  assert.equal(quote(Uint8Array.of(0x98, 0x80, 0x61), true), "“…a”");
});
