import {
  checksOf,
  closePayload,
  expectAccepted,
  expectClose,
  expectFrame,
  frame,
  OP,
  readFrame,
} from "../../scripts/checks/index.ts";

const check = checksOf(new URL("server.ts", import.meta.url));

check("refuses a close frame of one byte with 1002", { proves: ["R21"] }, async (server) => {
  const client = await server.open();
  client.send(frame(OP.close, Uint8Array.of(3)));
  await expectClose(client, 1002, "a code has two bytes");
});

for (const code of [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535]) {
  check(`refuses close code ${code} with 1002`, { proves: ["R22"] }, async (server) => {
    const client = await server.open();
    client.send(frame(OP.close, closePayload(code)));
    await expectClose(client, 1002, "nobody may send this code");
  });
}

for (const code of [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999]) {
  check(`answers close code ${code} with the same`, { proves: ["R22", "R23"] }, async (server) => {
    const client = await server.open();
    client.send(frame(OP.close, closePayload(code, "a reason")));
    await expectClose(client, code);
  });
}

check("takes a reason of 123 bytes", { proves: ["R21"] }, async (server) => {
  const client = await server.open();
  client.send(frame(OP.close, closePayload(1000, "€".repeat(41))));
  await expectClose(client, 1000);
});

check("closes in the middle of a message", { proves: ["R23"] }, async (server) => {
  const client = await server.open();
  client.send(Buffer.concat([frame(OP.text, "not fini", { fin: false }), frame(OP.close, closePayload(1001))]));
  await expectClose(client, 1001);
});

check("reports the code and the reason", { proves: ["R27"] }, async (server) => {
  const client = await server.open();
  const printed = server.output.length;
  client.send(frame(OP.close, closePayload(4321, "so long")));
  await expectClose(client, 4321);
  client.end();
  await server.printed({ pattern: /4321.*so long/, words: 'a line with the code 4321 and behind it the reason "so long"' }, printed);
});

check("reports 1005 for an empty close frame, and does not send it", { proves: ["R27"] }, async (server) => {
  const client = await server.open();
  const printed = server.output.length;
  client.send(frame(OP.close));
  await expectClose(client, undefined);
  client.end();
  await server.printed("1005", printed);
});

check("reports 1006 when the client ends without a word", { proves: ["R27", "S11"] }, async (server) => {
  const client = await server.open();
  const printed = server.output.length;
  client.end();
  await client.expectEnd();
  if (client.unread.length > 0) throw client.failure("A connection that ended without a close frame gets none, but bytes came.");
  await server.printed("1006", printed);
});

check("reports 1006 when the client vanishes", { proves: ["R27"] }, async (server) => {
  const client = await server.open();
  const printed = server.output.length;
  await client.reset();
  await server.printed("1006", printed);
});

check("closes when it is told to, and waits for the answer", { proves: ["R24", "R25"] }, async (server) => {
  const client = await server.open();
  client.send(frame(OP.text, "close 4001 bye"));
  const { opcode, payload } = await readFrame(client);
  if (opcode !== OP.close || payload.readUInt16BE() !== 4001 || payload.subarray(2).toString() !== "bye") {
    throw client.failure('Expected a close frame with code 4001 and the reason "bye".');
  }
  // It has not hung up: the client's own close frame may still be on its way, and a ping before it.
  client.send(frame(OP.ping, "one more thing"));
  await expectFrame(client, OP.pong, "one more thing");
  client.send(frame(OP.close, closePayload(4001)));
  await client.expectEnd();
  if (client.unread.length > 0) throw client.failure("Two close frames have been exchanged, and still bytes came.");
});

check("sends no message after its close frame", { proves: ["R24"] }, async (server) => {
  const client = await server.open();
  client.send(Buffer.concat([frame(OP.text, "close 4001 bye"), frame(OP.text, "an echo?"), frame(OP.ping, "end")]));
  const { opcode } = await readFrame(client);
  if (opcode !== OP.close) throw client.failure("Expected a close frame first.");
  await expectFrame(client, OP.pong, "end");
});

check("sends one close frame when both sides close at once", { proves: ["R23"] }, async (server) => {
  const client = await server.open();
  client.send(Buffer.concat([frame(OP.text, "close 4001 bye"), frame(OP.close, closePayload(4002))]));
  await readFrame(client);
  await client.expectEnd();
  if (client.unread.length > 0) throw client.failure("A second close frame came, or something like it.");
});

check("sends no code that must not be sent", { proves: ["R22", "R27"] }, async (server) => {
  for (const code of [1005, 1006, 1015, 2999]) {
    const client = await server.open();
    client.send(frame(OP.text, `close ${code} bye`));
    const { opcode, payload } = await readFrame(client);
    // What else it answers is its own affair.
    if (opcode === OP.close && payload.length >= 2 && payload.readUInt16BE() === code) {
      throw client.failure(`A close frame with code ${code} came, and nobody may send this code.`);
    }
  }
});

check("sends no reason of more than 123 bytes", { proves: ["R21"] }, async (server) => {
  for (const reason of ["x".repeat(124), "€".repeat(42)]) {
    const client = await server.open();
    client.send(frame(OP.text, `close 4001 ${reason}`));
    const { opcode, payload } = await readFrame(client);
    if (opcode === OP.close && payload.length > 125) {
      throw client.failure(`A close frame with ${payload.length} bytes came. A control frame has at most 125.`);
    }
  }
});

check("hangs up on a client that never answers the close frame", { proves: ["R25", "S10"] }, async (server) => {
  const client = await server.open();
  client.send(frame(OP.text, "close 4001 bye"));
  const { opcode } = await readFrame(client);
  if (opcode !== OP.close) throw client.failure("Expected a close frame first.");
  await client.expectEnd({ within: 20_000 });
});

check("lets go of a client that never hangs up", { proves: ["R25"] }, async (server) => {
  const client = await server.open();
  client.send(frame(OP.text, "close 4001 bye"));
  const { opcode } = await readFrame(client);
  if (opcode !== OP.close) throw client.failure("Expected a close frame first.");
  client.send(frame(OP.close, closePayload(4001)));
  await client.expectEnd();
  // Both have said goodbye, and the server has ended its side. Ours stays open.
  await client.expectDeath(20_000);
});

check("lives on when clients vanish at every moment", { proves: ["C2"] }, async (server) => {
  const bytes = Buffer.concat([
    Buffer.from(server.upgradeRequest()),
    frame(OP.text, "hello", { fin: false }),
    frame(OP.ping, "ping"),
    frame(OP.continuation, "world"),
    frame(OP.close, closePayload(1000)),
  ]);
  for (let cut = 1; cut < bytes.length; cut += 3) {
    const client = await server.connect();
    client.send(bytes.subarray(0, cut));
    await server.caughtUp();
    await client.reset();
  }
  await expectAccepted(await server.request());
});
