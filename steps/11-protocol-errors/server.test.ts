import {
  checksOf,
  expectClose,
  expectFrame,
  frame,
  OP,
  type RequirementId,
} from "../../scripts/checks/index.ts";

const check = checksOf(new URL("server.ts", import.meta.url));

const more = { fin: false };
const LIMIT = 1024 * 1024;

// What a client must not send: its name, its bytes, and why it is wrong.
violation("a frame without a mask", ["R13"], frame(OP.text, "hello", { mask: null }), "a client masks every frame");
violation("an empty frame without a mask", ["R13"], frame(OP.text, "", { mask: null }), "a client masks every frame");
for (const [bit, rsv] of [["RSV1", 4], ["RSV2", 2], ["RSV3", 1]] as const) {
  violation(`${bit} on a text`, ["R12"], frame(OP.text, "hello", { rsv }), "no extension was agreed on");
  violation(`${bit} on a ping`, ["R12"], frame(OP.ping, "", { rsv }), "no extension was agreed on");
}
for (const opcode of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) {
  violation(`opcode ${opcode}`, ["R12"], frame(opcode), "the RFC reserves it");
}
violation("a length of 5 in 16 bits", ["R14"], frame(OP.text, "hello", { lengthBits: 16 }), "7 bits would do");
violation("a length of 125 in 16 bits", ["R14"], frame(OP.text, "x".repeat(125), { lengthBits: 16 }), "7 bits would do");
violation("a length of 126 in 64 bits", ["R14"], frame(OP.text, "x".repeat(126), { lengthBits: 64 }), "16 bits would do");
violation("a length of 65,535 in 64 bits", ["R14"], frame(OP.text, "x".repeat(65_535), { lengthBits: 64 }), "16 bits would do");
violation("a 64-bit length with its top bit set", ["R14"], frame(OP.text, "", { declaredLength: 2n ** 63n }), "the top bit is always 0");
violation("a ping of 126 bytes", ["R16"], frame(OP.ping, "x".repeat(126)), "a control frame has at most 125");
violation("the header alone of a ping of 126 bytes", ["R16"], frame(OP.ping, "", { declaredLength: 126n }), "the header says enough");
violation("a fragmented ping", ["R16"], frame(OP.ping, "", more), "a control frame comes in one piece");
violation("a fragmented close frame", ["R16"], frame(OP.close, "", more), "a control frame comes in one piece");
violation("a continuation of nothing", ["R17"], frame(OP.continuation, "hello"), "no message has begun");
violation("a continuation after a whole message", ["R17"], [frame(OP.text, ""), frame(OP.continuation, "hello")], "the message was complete", [OP.text, ""]);
violation("a text inside a text", ["R17"], [frame(OP.text, "hel", more), frame(OP.text, "lo")], "the first message is not complete");
violation("a binary frame inside a text", ["R17"], [frame(OP.text, "hel", more), frame(OP.binary, "lo")], "the first message is not complete");

check("processes nothing after a violation", { proves: ["R26"] }, async (server) => {
  const client = await server.open();
  client.send(Buffer.concat([frame(3), frame(OP.ping, "still there?"), frame(OP.text, "hello")]));
  await expectClose(client, 1002);
});

check("answers what came before a violation", { proves: ["R26"] }, async (server) => {
  const client = await server.open();
  client.send(Buffer.concat([frame(OP.text, "before"), frame(OP.ping, "p"), frame(3)]));
  await expectFrame(client, OP.text, "before");
  await expectFrame(client, OP.pong, "p");
  await expectClose(client, 1002);
});

check("processes nothing after a close frame", { proves: ["R23"] }, async (server) => {
  const client = await server.open();
  client.send(Buffer.concat([frame(OP.close), frame(OP.ping, "still there?"), frame(OP.text, "hello")]));
  await expectClose(client, undefined);
});

check("takes a message of exactly 1 MiB", { proves: ["R15", "S2"] }, async (server) => {
  const client = await server.open();
  client.send(frame(OP.binary, Buffer.alloc(LIMIT, 1)));
  await expectFrame(client, OP.binary, Buffer.alloc(LIMIT, 1));
});

for (const [name, length] of [["one byte more than 1 MiB", BigInt(LIMIT) + 1n], ["a terabyte", 2n ** 40n], ["2^63 - 1 bytes", 2n ** 63n - 1n]] as const) {
  check(`refuses ${name} at the header with 1009`, { proves: ["S19", "R15"] }, async (server) => {
    const client = await server.open();
    client.send(frame(OP.binary, "", { declaredLength: length }));
    await expectClose(client, 1009, "the header says that it is too long");
  });
}

check("refuses fragments that are too long together with 1009", { proves: ["S21", "R15"] }, async (server) => {
  const client = await server.open();
  const half = Buffer.alloc(LIMIT / 2);
  client.send(frame(OP.binary, half, more));
  client.send(frame(OP.continuation, half, more));
  client.send(frame(OP.continuation, "", { fin: false, declaredLength: 1n }));
  await expectClose(client, 1009, "each is short enough, their sum is not");
});

check("forgets the length of one message before the next", { proves: ["R15"] }, async (server) => {
  const client = await server.open();
  for (let i = 0; i < 3; i++) {
    client.send(frame(OP.binary, Buffer.alloc(LIMIT / 2)));
    await expectFrame(client, OP.binary, Buffer.alloc(LIMIT / 2));
  }
});

function violation(
  what: string,
  proves: RequirementId[],
  bytes: Buffer | Buffer[],
  why: string,
  before?: [opcode: number, payload: string],
): void {
  check(`refuses ${what} with 1002`, { proves }, async (server) => {
    const client = await server.open();
    client.send(Buffer.concat([bytes].flat()));
    if (before !== undefined) await expectFrame(client, ...before);
    await expectClose(client, 1002, why);
  });
}
