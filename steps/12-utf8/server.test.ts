import { checksOf, closePayload, expectClose, expectFrame, frame, OP } from "../../scripts/checks/index.ts";

const check = checksOf(new URL("server.ts", import.meta.url));

const more = { fin: false };

// Bytes that are no UTF-8, and what is wrong with them.
const WRONG: [hex: string, why: string][] = [
  ["ff", "no code point begins with ff"],
  ["80", "a continuation byte without a beginning"],
  ["c0af", "an overlong slash: two bytes for what fits into one"],
  ["e080af", "an overlong slash in three bytes"],
  ["f08080af", "an overlong slash in four bytes"],
  ["eda080", "a surrogate, half of a UTF-16 pair"],
  ["f4908080", "beyond U+10FFFF, the last code point"],
  ["f5808080", "no code point begins with f5"],
  ["c3", "the text ends in the middle of a code point"],
  ["e282", "the text ends in the middle of a code point"],
  ["f09f91", "the text ends in the middle of a code point"],
  ["c328", "the second byte is no continuation"],
];

for (const [hex, why] of WRONG) {
  check(`refuses a text with the bytes ${hex} with 1007`, { proves: ["R19"] }, async (server) => {
    const client = await server.open();
    client.send(frame(OP.text, Buffer.from(hex, "hex")));
    await expectClose(client, 1007, why);
  });
}

check("takes every kind of code point", { proves: ["R19"] }, async (server) => {
  const client = await server.open();
  const texts = ["\u0000", "\u007f", "\u0080", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\ufeffwith a mark", "\uffff", "\u{10000}", "\u{10ffff}", "κόσμε", "👨‍👩‍👧"];
  for (const text of texts) {
    client.send(frame(OP.text, text));
    await expectFrame(client, OP.text, text);
  }
});

check("takes a code point that straddles two fragments", { proves: ["R19"] }, async (server) => {
  const client = await server.open();
  const wave = Buffer.from("👋");
  for (let cut = 1; cut < wave.length; cut++) {
    client.send(frame(OP.text, wave.subarray(0, cut), more));
    client.send(frame(OP.continuation, wave.subarray(cut)));
    await expectFrame(client, OP.text, "👋");
  }
});

check("takes a text that comes one byte at a time", { proves: ["R19"] }, async (server) => {
  const client = await server.open();
  const text = "€👋".repeat(50);
  for (const byte of frame(OP.text, text)) {
    client.send(Uint8Array.of(byte));
    await server.caughtUp();
  }
  await expectFrame(client, OP.text, text);
});

check("refuses a wrong byte at once, not at the end of the message", { proves: ["R19"] }, async (server) => {
  const client = await server.open();
  client.send(frame(OP.text, "so far so good", more));
  client.send(frame(OP.continuation, Uint8Array.of(0x61, 0xff), more));
  await expectClose(client, 1007, "no later byte can mend it");
});

check("refuses a wrong byte at once, not at the end of the frame", { proves: ["N13", "R19"] }, async (server) => {
  const client = await server.open();
  const bytes = frame(OP.text, Buffer.from("f490808061616161", "hex"));
  // The header, and the first two bytes of a code point that does not exist.
  client.send(bytes.subarray(0, 8));
  await expectClose(client, 1007, "no later byte can mend it");
});

check("does not look for UTF-8 in binary messages", { proves: ["R19"] }, async (server) => {
  const client = await server.open();
  client.send(frame(OP.binary, Uint8Array.of(0xff, 0xc0, 0x80)));
  await expectFrame(client, OP.binary, Uint8Array.of(0xff, 0xc0, 0x80));
});

check("checks each message anew", { proves: ["R19"] }, async (server) => {
  const client = await server.open();
  client.send(frame(OP.binary, Uint8Array.of(0xe2)));
  await expectFrame(client, OP.binary, Uint8Array.of(0xe2));
  client.send(frame(OP.text, "fine"));
  await expectFrame(client, OP.text, "fine");
});

check("refuses a close reason that is no UTF-8 with 1007", { proves: ["R21"] }, async (server) => {
  const client = await server.open();
  client.send(frame(OP.close, closePayload(1000, Uint8Array.of(0xff))));
  await expectClose(client, 1007, "the reason is a text, too");
});
