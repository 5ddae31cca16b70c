import { randomBytes } from "node:crypto";
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import {
  checksOf,
  closePayload,
  expectAccepted,
  expectClose,
  expectFrame,
  expectRefused,
  frame,
  OP,
  type RawClient,
  readFrame,
  type RequestOptions,
  type ServerUnderTest,
} from "../../scripts/checks/index.ts";

// The server of this step speaks permessage-deflate and echoes, as before. Whether it compresses a
// short answer is its own affair; a long one that repeats itself must shrink.

const check = checksOf(new URL("server.ts", import.meta.url));
const NAME = "Sec-WebSocket-Extensions";
const DEFLATE = "permessage-deflate";
const COMPRESSED = { rsv: 4 };
const TAIL = Buffer.from("0000ffff", "hex");
const MIB = 1024 * 1024;
const HELLO = bytes("f2 48 cd c9 c9 07 00");
/** "Hello" again, as a reference to the message before. RFC 7692, section 7.2.3.2. */
const HELLO_AGAIN = bytes("f2 00 11 00 00");

type Parameters = Record<string, string | true>;

function bytes(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(" ", ""), "hex");
}

const offering = (value: string | string[]): RequestOptions => ({ headers: { [NAME]: value } });

/** The parameters of the answer, or `undefined` if the extension is declined. */
async function answerTo(client: RawClient, what: string): Promise<Parameters | undefined> {
  const response = await client.readResponse(`a response to ${what}`);
  if (response.status !== 101) throw client.failure(`Expected status 101, but the response has ${response.status}.`);
  const header = response.header(NAME);
  if (header === undefined) return undefined;
  const [name, ...parameters] = header.split(";").map((part) => part.trim());
  if (name !== DEFLATE) throw client.failure(`The response says ${NAME}: ${header}. This server speaks ${DEFLATE} and nothing else.`);
  const result: Parameters = {};
  for (const parameter of parameters) {
    const [key = "", value] = parameter.split("=");
    if (key in result) throw client.failure(`The response names ${key} twice: ${header}.`);
    result[key] = value?.replaceAll('"', "") ?? true;
  }
  return result;
}

/** A connection that has agreed on compression. */
async function openDeflate(server: ServerUnderTest, parameters = ""): Promise<{ client: RawClient; answer: Parameters }> {
  const offer = `${DEFLATE}${parameters}`;
  const client = await server.request(offering(offer));
  const answer = await answerTo(client, offer);
  if (answer === undefined) throw client.failure(`Expected the response to have ${NAME}: ${DEFLATE}, but it has no such header.`);
  return { client, answer };
}

/** Reads messages as a client does that takes everything that was agreed on at its word. */
class Reader {
  #client: RawClient;
  #windowBits: number;
  #isKept: boolean;
  #window = Buffer.alloc(0);
  /** How many bytes the payloads of the last message had on the wire. */
  wireLength = 0;
  /** Whether the last message was compressed. */
  wasCompressed = false;

  constructor(client: RawClient, answer: Parameters) {
    this.#client = client;
    this.#windowBits = Number(answer.server_max_window_bits ?? 15);
    this.#isKept = answer.server_no_context_takeover !== true;
  }

  async read(what: string): Promise<{ opcode: number; data: Buffer }> {
    const first = await readFrame(this.#client, what);
    const parts = [first.payload];
    for (let last = first; !last.fin; parts.push(last.payload)) {
      last = await readFrame(this.#client, `the rest of ${what}`);
      if (last.opcode !== OP.continuation) throw this.#client.failure(`Expected a continuation frame, but one with opcode ${last.opcode} came.`);
      if (last.rsv !== 0) throw this.#client.failure("A continuation frame has a reserved bit set. RSV1 belongs to the first frame of a message.");
    }
    if ((first.rsv & 3) !== 0) throw this.#client.failure("RSV2 or RSV3 is set, and no extension was agreed on that uses it.");
    const payload = Buffer.concat(parts);
    this.wireLength = payload.length;
    this.wasCompressed = first.rsv === 4;
    return { opcode: first.opcode, data: this.wasCompressed ? this.#inflate(payload) : payload };
  }

  #inflate(payload: Buffer): Buffer {
    try {
      const data = inflateRawSync(Buffer.concat([payload, TAIL]), {
        windowBits: this.#windowBits,
        dictionary: this.#window,
        finishFlush: constants.Z_SYNC_FLUSH,
        // What is beyond the window is forgotten when a chunk is full: the smaller they are, the stricter.
        chunkSize: 64,
      });
      if (this.#isKept) this.#window = Buffer.concat([this.#window, data]).subarray(-(2 ** this.#windowBits));
      return data;
    } catch (error) {
      const limits = `a window of ${this.#windowBits} bits, ${this.#isKept ? "kept" : "not kept"} from message to message`;
      throw this.#client.failure(`The message cannot be inflated with ${limits}: ${(error as Error).message}.`);
    }
  }

  async expect(opcode: number, expected: string | Uint8Array, why = ""): Promise<void> {
    const wanted = `a message with opcode ${opcode} and ${Buffer.from(expected as Uint8Array).length} bytes${why === "" ? "" : ` (${why})`}`;
    const { opcode: its, data } = await this.read(wanted);
    if (its === OP.close) throw this.#client.failure(`Expected ${wanted}, but a close frame came, with code ${data.length < 2 ? "none" : data.readUInt16BE()}.`);
    if (its !== opcode) throw this.#client.failure(`Expected ${wanted}, but one with opcode ${its} came.`);
    if (!data.equals(Buffer.from(expected as Uint8Array))) throw this.#client.failure(`Expected ${wanted}, but it has ${data.length} bytes or others.`);
  }
}

async function openReader(server: ServerUnderTest, parameters = ""): Promise<{ client: RawClient; reader: Reader; answer: Parameters }> {
  const { client, answer } = await openDeflate(server, parameters);
  return { client, answer, reader: new Reader(client, answer) };
}

function deflate(data: string | Uint8Array): Buffer {
  return deflateRawSync(data, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
}

const compressed = (payload: Uint8Array, opcode: number = OP.text): Buffer => frame(opcode, payload, COMPRESSED);

// The handshake.

check("agrees on permessage-deflate", { proves: ["R29"] }, async (server) => {
  const { client, reader } = await openReader(server);
  client.send(compressed(HELLO));
  await reader.expect(OP.text, "Hello");
});

check("declines by silence, and goes on without compression", { proves: ["R29", "R10"] }, async (server) => {
  const client = await server.request(offering(`${DEFLATE}; no_such_parameter`));
  if (await answerTo(client, "an unknown parameter")) throw client.failure("The offer has a parameter that does not exist. It must be declined: leave the header out.");
  client.send(frame(OP.text, "plain"));
  await expectFrame(client, OP.text, "plain");
  client.send(compressed(HELLO));
  await expectClose(client, 1002, "RSV1 without an extension");
});

check("leaves the header out where nothing is offered", { proves: ["R10"] }, async (server) => {
  const client = await server.request();
  await expectAccepted(client);
  client.send(frame(OP.text, "a".repeat(5_000)));
  await expectFrame(client, OP.text, "a".repeat(5_000));
});

for (const offer of ["permessage-bzip2", "x-webkit-deflate-frame", 'foo; bar="baz", qux; a=1; b', "Permessage-Deflate"]) {
  check(`ignores what it does not know: ${offer}`, { proves: ["R10"] }, async (server) => {
    const client = await server.request(offering(offer));
    if (await answerTo(client, offer)) throw client.failure("The response has an extension that was not offered.");
    client.send(frame(OP.text, "plain"));
    await expectFrame(client, OP.text, "plain");
  });
}

for (const offer of [
  `${DEFLATE}; client_max_window_bits`,
  `${DEFLATE}; client_max_window_bits=15`,
  `foo, ${DEFLATE}`,
  `foo; bar="${DEFLATE}", ${DEFLATE}`,
  `${DEFLATE} ;\tclient_max_window_bits = "10" , bar`,
  [`foo; a="b"`, DEFLATE],
  `, ${DEFLATE},, foo ,`,
]) {
  const shown = [offer].flat().join(" and ").replaceAll("\t", "\\t");
  check(`agrees: ${shown}`, { proves: ["R10", "R29"] }, async (server) => {
    const client = await server.request(offering(offer));
    const answer = await answerTo(client, shown);
    if (answer === undefined) throw client.failure(`The offer is correct, but the response has no ${NAME}.`);
    client.send(compressed(HELLO));
    await new Reader(client, answer).expect(OP.text, "Hello");
  });
}

// What makes an offer wrong. Behind it stands a correct one, with a mark that must come back.
for (const wrong of [
  "foo",
  "foo=1",
  "server_max_window_bits",
  "server_max_window_bits=7",
  "server_max_window_bits=16",
  "server_max_window_bits=08",
  "server_max_window_bits=010",
  "server_max_window_bits=1e1",
  "server_max_window_bits=-9",
  "server_max_window_bits=999999999999999999999",
  "server_max_window_bits=10; server_max_window_bits=10",
  "client_max_window_bits=7",
  "client_max_window_bits=16",
  'client_max_window_bits="09"',
  "client_max_window_bits=nan",
  "client_max_window_bits; client_max_window_bits",
  "client_no_context_takeover=1",
  'client_no_context_takeover="true"',
  "client_no_context_takeover; client_no_context_takeover",
  "__proto__",
  "constructor=9",
]) {
  check(`declines ${wrong}, and takes the next offer`, { proves: ["R29", "S20"] }, async (server) => {
    const offer = `${DEFLATE}; ${wrong}, ${DEFLATE}; server_no_context_takeover`;
    const client = await server.request(offering(offer));
    const answer = await answerTo(client, offer);
    if (answer === undefined) throw client.failure("The first offer is wrong, the second one is not, but both are declined.");
    if (answer.server_no_context_takeover !== true) throw client.failure("The first offer is wrong and must be declined. The second one has server_no_context_takeover, so the answer must have it too.");
    client.send(compressed(HELLO));
    await new Reader(client, answer).expect(OP.text, "Hello");
  });
}

for (const [what, list] of [
  ["an empty list", ""],
  ["a list of commas", ", ,"],
  ["a parameter without a name", `${DEFLATE};`],
  ["a parameter with nothing behind its =", `${DEFLATE}; client_max_window_bits=`],
  ["a quote that is not closed", `${DEFLATE}; a="b`],
  ["empty quotes", `${DEFLATE}; a=""`],
  ["a blank in quotes", `${DEFLATE}; a="b c"`],
  ["quotes around a name", `"${DEFLATE}"`],
  ["two tokens without a comma", `${DEFLATE} foo`],
  ["something behind quotes", `${DEFLATE}; a="b"c`],
  ["a character that no token has", `${DEFLATE}, f@o`],
] as const) {
  check(`refuses ${what} with 400`, { proves: ["R10"] }, async (server) => {
    await expectRefused(await server.request(offering(list)), 400, "the header does not follow its grammar");
    await expectAccepted(await server.request());
  });
}

check("answers at once to lists of extensions that make regular expressions slow", { proves: ["R10", "S12"] }, async (server) => {
  const lists = [`${"a;".repeat(5_000)}@`, `${"a,".repeat(5_000)}@`, `a${" ".repeat(10_000)}@`, `a;b="${"\\c".repeat(5_000)}`, `${'a;b="c",'.repeat(1_000)}@`];
  for (const list of lists) await expectRefused(await server.request(offering(list)), 400, "it is no list of extensions");
});

check("repeats server_no_context_takeover, and forgets its window", { proves: ["R30"] }, async (server) => {
  const { client, reader, answer } = await openReader(server, "; server_no_context_takeover");
  if (answer.server_no_context_takeover !== true) throw client.failure("Who accepts server_no_context_takeover must say so in the answer.");
  const text = randomBytes(2_000).toString("hex");
  for (let i = 0; i < 3; i++) {
    client.send(frame(OP.text, text));
    await reader.expect(OP.text, text, "without a window from the message before");
  }
});

for (const bits of [8, 9, 12, 15]) {
  check(`obeys a window of ${bits} bits`, { proves: bits === 8 ? ["R31", "R33"] : ["R31"] }, async (server) => {
    const { client, reader, answer } = await openReader(server, `; server_max_window_bits=${bits}`);
    const given = answer.server_max_window_bits;
    if (typeof given !== "string" || !/^([89]|1[0-5])$/.test(given)) throw client.failure("Who accepts server_max_window_bits must answer with a number from 8 to 15.");
    if (Number(given) > bits) throw client.failure(`Expected server_max_window_bits of at most ${bits}, but the answer has ${given}.`);
    // It comes again just where it is out of reach.
    const unit = randomBytes(2 ** (bits - 1)).toString("hex");
    for (const text of [unit, `${unit}!${unit}`, `${unit.slice(0, 300)}${unit}`]) {
      client.send(frame(OP.text, text));
      await reader.expect(OP.text, text, `with a window of ${bits} bits`);
    }
  });
}

check("speaks of the client's window only to a client that has offered it", { proves: ["R32"] }, async (server) => {
  for (const [offer, limit] of [["", undefined], ["; server_max_window_bits=10", undefined], ["; client_no_context_takeover", undefined], ["; client_max_window_bits", 15], ["; client_max_window_bits=10", 15]] as const) {
    const { client, answer } = await openDeflate(server, offer);
    const value = answer.client_max_window_bits;
    if (value === undefined) continue;
    if (limit === undefined) throw client.failure("The answer has client_max_window_bits, and the client has not offered it.");
    if (value === true || !/^([89]|1[0-5])$/.test(value)) throw client.failure("In an answer, client_max_window_bits must have a number from 8 to 15.");
  }
});

// Messages from the client.

for (const [title, payload, expected] of [
  ["a message without compression inside", "00 05 00 fa ff 48 65 6c 6c 6f 00", "Hello"],
  ["two blocks", "f2 48 05 00 00 00 ff ff ca c9 c9 07 00", "Hello"],
  ["an empty message of one byte", "00", ""],
  ["an empty message of no bytes", "", ""],
  ["a block that calls itself final", "f3 48 cd c9 c9 07 00 00", "Hello"],
  ["a final block with nothing behind it", "f3 48 cd c9 c9 07 00", "Hello"],
  ["a block behind a final one", "f3 48 cd c9 c9 07 00 f2 48 cd c9 c9 07 00", "HelloHello"],
] as const) {
  check(`reads ${title}, and what follows`, { proves: title === "two blocks" ? ["R35"] : ["R36"] }, async (server) => {
    const { client, reader } = await openReader(server);
    for (let i = 0; i < 2; i++) {
      client.send(compressed(bytes(payload)));
      await reader.expect(OP.text, expected);
      client.send(compressed(HELLO, OP.binary));
      await reader.expect(OP.binary, "Hello");
    }
  });
}

check("keeps the client's window from message to message", { proves: ["R37", "N14"] }, async (server) => {
  const { client, reader } = await openReader(server);
  client.send(compressed(HELLO));
  await reader.expect(OP.text, "Hello");
  for (let i = 0; i < 3; i++) {
    client.send(compressed(HELLO_AGAIN));
    await reader.expect(OP.text, "Hello", "it refers to the message before");
  }
});

check("keeps 32 KiB of it", { proves: ["R37", "N14"] }, async (server) => {
  const { client, reader } = await openReader(server);
  const noise = randomBytes(32_000);
  let window = Buffer.alloc(0);
  for (const data of [noise, Buffer.from("in between"), noise, Buffer.alloc(0), noise.subarray(0, 5_000), noise]) {
    const payload = deflateRawSync(data, { dictionary: window, finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
    client.send(compressed(payload, OP.binary));
    await reader.expect(OP.binary, data);
    window = Buffer.concat([window, data]).subarray(-32768);
  }
});

check("reads messages that are not compressed in between, and keeps them out of the window", { proves: ["R34", "R37"] }, async (server) => {
  const { client, reader } = await openReader(server);
  client.send(compressed(HELLO));
  await reader.expect(OP.text, "Hello");
  client.send(frame(OP.text, "World"));
  await reader.expect(OP.text, "World");
  client.send(compressed(HELLO_AGAIN));
  await reader.expect(OP.text, "Hello", "only compressed messages enter the window");
});

check("inflates fragments as one message, with a ping between them", { proves: ["R34", "R37"] }, async (server) => {
  const { client, reader } = await openReader(server);
  client.send(frame(OP.text, HELLO.subarray(0, 3), { rsv: 4, fin: false }));
  client.send(frame(OP.ping, "?"));
  client.send(frame(OP.continuation, HELLO.subarray(3, 4), { fin: false }));
  client.send(frame(OP.continuation, "", { fin: false }));
  client.send(frame(OP.continuation, HELLO.subarray(4)));
  await expectFrame(client, OP.pong, "?");
  await reader.expect(OP.text, "Hello");
});

check("reads a compressed message byte by byte", { proves: ["R37"] }, async (server) => {
  const { client, reader } = await openReader(server);
  for (const byte of Buffer.concat([compressed(HELLO), compressed(HELLO_AGAIN)])) {
    client.send(Uint8Array.of(byte));
    await client.flushed();
  }
  for (let i = 0; i < 2; i++) await reader.expect(OP.text, "Hello");
});

for (const [what, opcode] of [["a ping", OP.ping], ["a pong", OP.pong], ["a close frame", OP.close]] as const) {
  check(`refuses ${what} with RSV1 with 1002`, { proves: ["R34"] }, async (server) => {
    const { client } = await openDeflate(server);
    client.send(frame(opcode, opcode === OP.close ? closePayload(1000) : "x", COMPRESSED));
    await expectClose(client, 1002, "control frames are never compressed");
  });
}

check("refuses a continuation with RSV1 with 1002", { proves: ["R34"] }, async (server) => {
  for (const rsv of [0, 4]) {
    const { client } = await openDeflate(server);
    client.send(frame(OP.binary, HELLO.subarray(0, 3), { rsv, fin: false }));
    client.send(frame(OP.continuation, HELLO.subarray(3), COMPRESSED));
    await expectClose(client, 1002, "RSV1 belongs to the first frame of a message");
  }
});

check("still refuses RSV2 and RSV3 with 1002", { proves: ["R34", "R12"] }, async (server) => {
  for (const rsv of [1, 2, 3, 5, 6, 7]) {
    const { client } = await openDeflate(server);
    client.send(frame(OP.text, HELLO, { rsv }));
    await expectClose(client, 1002, "nothing was agreed on that uses RSV2 or RSV3");
  }
});

for (const [what, payload] of [
  ["a block type that does not exist", "ff ff ff"],
  ["a reference to what was never sent", "f2 00 11 00 00"],
  ["a text that was never compressed", Buffer.from("Hello").toString("hex")],
  ["a message that is cut", "f2 48 cd c9"],
  ["rubbish behind a final block", "f3 48 cd c9 c9 07 00 ff ff"],
] as const) {
  check(`refuses ${what} with 1007`, { proves: ["R35"] }, async (server) => {
    const { client } = await openDeflate(server);
    client.send(compressed(bytes(payload)));
    await expectClose(client, 1007, "it cannot be inflated");
  });
}

check("checks UTF-8 behind the inflater", { proves: ["R38"] }, async (server) => {
  const { client, reader } = await openReader(server);
  const payload = deflate("half an emoji per frame: 😀");
  client.send(frame(OP.text, payload.subarray(0, -5), { rsv: 4, fin: false }));
  client.send(frame(OP.continuation, payload.subarray(-5)));
  await reader.expect(OP.text, "half an emoji per frame: 😀");
  client.send(compressed(deflate(Buffer.from([0xff, 0xfe])), OP.binary));
  await reader.expect(OP.binary, Buffer.from([0xff, 0xfe]), "bytes may be anything");
  client.send(compressed(deflate(Buffer.from([0x61, 0xc3, 0x28]))));
  await expectClose(client, 1007, "the text is not UTF-8");
});

check("refuses a text that ends in the middle of a character with 1007", { proves: ["R38"] }, async (server) => {
  const { client } = await openDeflate(server);
  client.send(compressed(deflate(Buffer.from("é").subarray(0, 1))));
  await expectClose(client, 1007, "the text is not UTF-8");
});

check("measures a message behind the inflater", { proves: ["R38", "S14"] }, async (server) => {
  const { client, reader } = await openReader(server);
  client.send(compressed(deflate(Buffer.alloc(MIB, "a"))));
  await reader.expect(OP.text, Buffer.alloc(MIB, "a"), "1 MiB is allowed");
  client.send(compressed(deflate(Buffer.alloc(MIB + 1, "a"))));
  const { opcode } = await reader.read("a close frame with code 1009 (a message has at most 1 MiB)");
  if (opcode !== OP.close) throw client.failure("Expected a close frame with code 1009 (a message has at most 1 MiB), but the message came back.");
});

check("refuses a bomb with 1009", { proves: ["R38", "S14"] }, async (server) => {
  const bomb = deflate(Buffer.alloc(200 * MIB));
  const { client } = await openDeflate(server);
  client.send(compressed(bomb, OP.binary));
  await expectClose(client, 1009, `${bomb.length} bytes would become 200 MiB`);

  const { client: second } = await openDeflate(server);
  const middle = bomb.length >> 1;
  second.send(frame(OP.text, bomb.subarray(0, middle), { rsv: 4, fin: false }));
  second.send(frame(OP.continuation, bomb.subarray(middle)));
  await expectClose(second, 1009, "the same bomb in two fragments");
});

check("refuses a compressed message that is declared too long, before it comes", { proves: ["R38", "R15"] }, async (server) => {
  const { client } = await openDeflate(server);
  client.send(frame(OP.binary, "", { rsv: 4, declaredLength: BigInt(16 * MIB) }));
  await expectClose(client, 1009, "the header says enough");
});

check("is not kept busy by final blocks that hold nothing", { proves: ["R36", "S14"] }, async (server) => {
  const { client } = await openDeflate(server);
  client.send(compressed(Buffer.from("0300".repeat(250_000), "hex"), OP.binary));
  const { opcode } = await readFrame(client, "a close frame, or an empty message");
  if (opcode !== OP.close && opcode !== OP.binary) throw client.failure(`Expected a close frame or an empty message, but opcode ${opcode} came.`);
});

// Messages from the server.

check("compresses what repeats itself", { proves: ["R35"] }, async (server) => {
  const { client, reader } = await openReader(server);
  const text = "Websockets are great. ".repeat(500);
  for (const [opcode, data] of [[OP.text, text], [OP.binary, Buffer.from(text)]] as const) {
    client.send(frame(opcode, data));
    await reader.expect(opcode, data);
    if (!reader.wasCompressed) throw client.failure("The echo of a long text is not compressed: RSV1 is 0.");
    if (reader.wireLength > text.length / 5) throw client.failure(`${text.length} bytes were compressed to ${reader.wireLength} only.`);
  }
});

check("keeps its own window, so that what comes again is short", { proves: ["R37", "N14"] }, async (server) => {
  const { client, reader } = await openReader(server);
  const text = randomBytes(2_000).toString("hex");
  client.send(frame(OP.text, text));
  await reader.expect(OP.text, text);
  client.send(frame(OP.text, text));
  await reader.expect(OP.text, text);
  if (reader.wireLength > 500) throw client.failure(`The same message a second time took ${reader.wireLength} bytes.`);
});

check("takes the flush's last four bytes off", { proves: ["R35"] }, async (server) => {
  const { client } = await openDeflate(server);
  for (const text of ["a".repeat(2_000), "b".repeat(2_000)]) {
    client.send(frame(OP.text, text));
    const { payload, rsv } = await readFrame(client);
    if (rsv !== 4) throw client.failure("The echo of a long text is not compressed: RSV1 is 0.");
    if (payload.subarray(-4).equals(TAIL)) throw client.failure("The message ends with 00 00 ff ff. The receiver adds these four bytes, the sender takes them off.");
  }
});

check("echoes anything, compressed both ways", { proves: ["R35", "R37"] }, async (server) => {
  const { client, reader } = await openReader(server, "; client_max_window_bits");
  let window = Buffer.alloc(0);
  for (const data of [0, 1, 125, 126, 5_000, 65_535, 65_536, 200_000].flatMap((size) => [Buffer.alloc(size, "ab"), randomBytes(size)])) {
    const payload = deflateRawSync(data, { windowBits: 9, dictionary: window, finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
    client.send(compressed(payload, OP.binary));
    await reader.expect(OP.binary, data);
    window = Buffer.concat([window, data]).subarray(-512);
  }
});

check("sends no compressed control frame", { proves: ["R34"] }, async (server) => {
  const { client, reader } = await openReader(server);
  client.send(compressed(deflate("warm up, ".repeat(500))));
  await reader.expect(OP.text, "warm up, ".repeat(500));
  client.send(frame(OP.ping, "p".repeat(125)));
  await expectFrame(client, OP.pong, "p".repeat(125));
  client.send(frame(OP.close, closePayload(1000)));
  const { rsv } = await readFrame(client, "a close frame");
  if (rsv !== 0) throw client.failure("The close frame has a reserved bit set. Only messages are compressed.");
});
