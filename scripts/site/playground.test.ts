import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { compose, decompose, type Wishes } from "../../public/browser/playground-compose.ts";
import { BROKEN_EXAMPLES, GOOD_EXAMPLES } from "../../public/browser/playground-examples.ts";
import { readHash, readHex, toHash } from "../../public/browser/playground-hex.ts";
import { describeVerdict, guessSender, readFrames, renderReading, summarize } from "../../public/browser/playground-reading.ts";
import { toHex } from "../wire/decode-frame.ts";
import { renderPlayground } from "./playground.ts";

const hexOf = (text: string): string | undefined => {
  const { bytes, problem } = readHex(text);
  return bytes ? toHex(bytes) : problem;
};
const bytesOf = (text: string): Uint8Array => readHex(text).bytes ?? assert.fail(hexOf(text));

describe("hex as people paste it", () => {
  const HELLO = "81 05 48 65 6c 6c 6f";
  const forms: [name: string, text: string][] = [
    ["plain", "81 05 48 65 6c 6c 6f"],
    ["without spaces", "810548656C6C6F"],
    ["lines", "81 05\n48 65\r\n\n6c 6c 6f\n"],
    ["with prefixes", "0x81, 0x5, 0x48, 0x65, 0x6c, 0x6C, 0x6f"],
    ["a string of C", '"\\x81\\x05\\x48\\x65\\x6c\\x6c\\x6f"'],
    ["a Buffer of Node", "<Buffer 81 05 48 65 6c 6c 6f>"],
    ["an array", "[0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f];"],
    ["colons", "81:05:48:65:6c:6c:6f"],
    ["hexdump -C", "00000000  81 05 48 65 6c 6c 6f                              |..Hello|\n00000007"],
    ["xxd", "00000000: 8105 4865 6c6c 6f                        ..Hello"],
    ["Wireshark", "0000   81 05 48 65 6c 6c 6f                              ..Hello"],
  ];
  for (const [name, text] of forms) test(name, () => assert.equal(hexOf(text), HELLO));

  test("a dump of two lines", () => {
    const row = "61 62 63 64 65 66 67 68";
    const dump = `00000000  ${row}  ${row}  |abcdefghabcdefgh|\n00000010  ${row}                           |abcdefgh|\n`;
    assert.equal(hexOf(dump), `${row} ${row} ${row}`);
    const xxd = "00000000: 6162 6364 6566 6768 6162 6364 6566 6768  abcdefghabcdefgh\n00000010: 6162  ab";
    assert.equal(hexOf(xxd), `${row} ${row} 61 62`);
  });

  test("four digits at the beginning of a line are bytes, unless they count", () => {
    assert.equal(hexOf("8105  48"), "81 05 48");
    assert.equal(hexOf("0000 0000"), "00 00 00 00");
  });

  test("what is wrong, and where", () => {
    assert.equal(hexOf("81 0g"), "“0” at position 4 is half a byte too much: a byte has two hex digits.");
    assert.equal(hexOf("81 zz"), "“z” at position 4 is no hex digit.");
    assert.equal(hexOf("81\n5 48"), "Line 2: “5” at position 1 is half a byte too much: a byte has two hex digits.");
    assert.equal(hexOf("😀"), "“😀” at position 1 is no hex digit.");
    assert.match(hexOf("00".repeat(200_001)) ?? "", /more than 200,000 bytes/);
  });

  test("blanks by the hundred thousand are read in one go", () => {
    const blanks = " ".repeat(500_000);
    assert.equal(hexOf(`${blanks}0000${blanks}81 05${blanks}`), "81 05");
    assert.equal(hexOf(`0000: 81 05${blanks}`), "81 05");
    assert.equal(hexOf(`0000  81 05${blanks}|..|`), "81 05");
    assert.equal(hexOf(`0000  81 05${"\t".repeat(500_000)}..`), "81 05");
    assert.match(hexOf(" ".repeat(3_000_000)) ?? "", /too many for a page/);
  });

  test("whatever is pasted, it is read or refused; bytes come back from every form", () => {
    fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => void readHex(text)));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.constantFrom(" ", "", ":", ", ", "\n"), (bytes, separator) => {
        assert.equal(hexOf(toHex(bytes, separator)), toHex(bytes));
        assert.equal(hexOf([...bytes].map((byte) => `0x${byte.toString(16)}`).join(separator || ",")), toHex(bytes));
      }),
    );
  });
});

test("a link keeps bytes and sender", () => {
  const hash = toHash(bytesOf("81 00"), "server");
  assert.equal(hash, "#hex=8100&from=server");
  assert.deepEqual(readHash(hash), { hex: "8100", from: "server" });
  assert.deepEqual(readHash("#hex=81&from=me"), { hex: "81", from: undefined });
  assert.equal(readHash("#elsewhere"), undefined);
  assert.deepEqual([guessSender(bytesOf("81 00")), guessSender(bytesOf("81 80"))], ["server", "client"]);
});

describe("frames in a row", () => {
  const verdicts = (hex: string, from: "client" | "server" = "server"): string[] => {
    const reading = readFrames(bytesOf(hex), from);
    return reading.verdicts.map((verdict) => describeVerdict(verdict, from));
  };

  test("accepted, answered, waited for", () => {
    assert.deepEqual(verdicts("81 00 89 00 01 00 80 00 88 00"), [
      "A strict client accepts it.",
      "A strict client accepts it, and answers with a pong.",
      "A strict client accepts it, and waits for the rest of the message.",
      "A strict client accepts it.",
      "A strict client accepts it, and answers with a Close frame.",
    ]);
    assert.deepEqual(verdicts("81 05 48"), ["A strict client waits for 4 more bytes."]);
    assert.deepEqual(verdicts("81"), ["A strict client waits for the rest of the header."]);
  });

  test("refused, and what comes behind", () => {
    assert.deepEqual(verdicts("81 00 81 00", "client"), ["A strict server would answer with 1002.", "A strict server does not look at it any more."]);
    assert.deepEqual(verdicts("88 00 81 00")[1], "A strict client does not look at it any more.");
    assert.deepEqual(verdicts("01 02 f0 9f 80 02 28 80")[1], "A strict client would answer with 1007.");
  });

  test("bare text ends the reading", () => {
    const reading = readFrames(bytesOf(`48 69 ${"20".repeat(105)} 81 00`), "client");
    assert.deepEqual([reading.verdicts.length, reading.rest], [1, 2]);
    assert.match(renderReading(reading, () => ({ name: "step 11", href: "x" })), /2 more bytes, not read/);
  });

  test("many frames are cut off, and counted", () => {
    const reading = readFrames(bytesOf("8100".repeat(50)), "server");
    assert.deepEqual([reading.verdicts.length, reading.rest], [40, 20]);
  });

  test("the verdict names code, rule, section and step", () => {
    const html = renderReading(readFrames(bytesOf("81 00"), "client"), (slug) => ({ name: `step of ${slug}`, href: `../${slug}` }));
    assert.match(html, /would answer with 1002\.<\/b> A client must mask/);
    assert.match(html, /rfc6455#section-5\.1">RFC 6455, section 5\.1<\/a>; see <a href="\.\.\/protocol-errors">step of protocol-errors/);
    assert.match(summarize(readFrames(bytesOf("81 00"), "client")), /^1 frame\. A strict server would answer with 1002\. A client must/);
    assert.match(summarize(readFrames(new Uint8Array(), "client")), /no bytes/);
  });

  test("the examples are what they are called", () => {
    const kinds = ({ hex, from }: (typeof GOOD_EXAMPLES)[number]) => readFrames(bytesOf(hex), from).verdicts.map(({ kind }) => kind);
    for (const example of GOOD_EXAMPLES) assert.ok(!kinds(example).includes("refused"), example.name);
    for (const example of BROKEN_EXAMPLES) assert.ok(kinds(example).includes("refused"), example.name);
  });
});

const WISHES: Wishes = { fin: true, rsv: 0, opcode: 1, masked: true, key: "37fa213d", form: "shortest", falseLength: "", payload: "Hello", kind: "text" };

describe("the composer", () => {
  const composed = (wishes: Partial<Wishes>): string | undefined => {
    const { bytes, problem } = compose({ ...WISHES, ...wishes });
    return bytes ? toHex(bytes) : problem;
  };

  test("makes bytes", () => {
    assert.equal(composed({}), "81 85 37 fa 21 3d 7f 9f 4d 51 58");
    assert.equal(composed({ masked: false, key: "nonsense" }), "81 05 48 65 6c 6c 6f");
    assert.equal(composed({ masked: false, payload: "0x48 0x69", kind: "hex" }), "81 02 48 69");
    assert.equal(composed({ masked: false, payload: "", falseLength: "70,000" }), "81 7f 00 00 00 00 00 01 11 70");
    assert.equal(composed({ masked: false, payload: "", form: 16, fin: false, rsv: 4, opcode: 2 }), "42 7e 00 00");
  });

  test("says what cannot be", () => {
    assert.equal(composed({ key: "37 fa" }), "Key: a masking key has 4 bytes, and here are 2.");
    assert.match(composed({ key: "37 f" }) ?? "", /^Key: “f” at position 4 is half a byte/);
    assert.match(composed({ payload: "x", kind: "hex" }) ?? "", /^Payload: “x” at position 1/);
    assert.equal(composed({ falseLength: "-1" }), "False length: “-1” is no number of bytes.");
    assert.match(composed({ form: 7, falseLength: "126" }) ?? "", /^Length: 126 does not fit into 7 bits/);
  });

  test("follows the bytes", () => {
    assert.deepEqual(decompose(bytesOf("81 85 37 fa 21 3d 7f 9f 4d 51 58")), { ...WISHES, key: "37 fa 21 3d" });
    assert.equal(decompose(bytesOf("81 00 81 00")), undefined);
    assert.equal(decompose(bytesOf("81 85 37")), undefined);
    assert.equal(decompose(bytesOf("")), undefined);
    assert.equal(decompose(bytesOf("82 02 ff 00"))?.payload, "ff 00");
  });

  test("gives back every frame that it can follow", () => {
    const text = fc.string({ unit: "binary", maxLength: 8 }).map((text) => new TextEncoder().encode(text));
    const payload = fc.oneof(text, fc.uint8Array({ maxLength: 8 }), fc.uint8Array({ minLength: 124, maxLength: 128 }));
    const length = fc.constantFrom<number[]>([0x05], [0x85], [0x7e, 0, 3], [0xfe, 0, 126], [0x7f, 0, 0, 0, 0, 0, 0, 0, 2]);
    fc.assert(
      fc.property(fc.nat(255), length, payload, (first, length, payload) => {
        const bytes = Uint8Array.of(first, ...length, ...payload);
        const wishes = decompose(bytes);
        if (!wishes) return;
        const again = compose(wishes);
        assert.equal(again.bytes && toHex(again.bytes), toHex(bytes), again.problem);
      }),
      { numRuns: 500 },
    );
  });
});

test("the page stands without JavaScript", () => {
  const html = renderPlayground();
  assert.match(html, /<h1>Playground<\/h1>/);
  assert.match(html, /<noscript>.*needs JavaScript/s);
  assert.ok((html.match(/<ws-frame/g) ?? []).length >= 5);
  assert.match(html, /<fieldset class="whole" disabled>/);
});
