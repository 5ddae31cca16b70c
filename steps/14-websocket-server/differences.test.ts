import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { test } from "node:test";
import * as ws from "ws";
import type { ServerOptions, Verdict } from "./server-options.ts";
import { WebSocketServer } from "./websocket-server.ts";
import { WebSocket } from "./websocket.ts";

// The same actions on a server of ws and on ours: the same events must come, with the same arguments
// and in the same order. Where they differ, the lesson's table has a row that says so.

type Library = { WebSocketServer: typeof WebSocketServer; WebSocket: typeof WebSocket };

const libraries: Record<"ours" | "ws", Library> = {
  ours: { WebSocketServer, WebSocket },
  ws: ws as unknown as Library,
};

const UPGRADE = {
  Host: "localhost",
  Upgrade: "websocket",
  Connection: "Upgrade",
  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version": "13",
};

/** One server, its clients, and what happens, a line for each event. */
class Stage {
  readonly events: string[] = [];
  readonly #library: Library;
  #cleanUps: (() => void)[] = [];
  #changed: (() => void)[] = [];

  constructor(library: Library) {
    this.#library = library;
  }

  get library(): Library {
    return this.#library;
  }

  log(...parts: unknown[]): void {
    this.events.push(parts.map(show).join(" "));
    for (const look of this.#changed.splice(0)) look();
  }

  /** Waits for an event that begins like this. */
  async until(start: string): Promise<void> {
    while (!this.events.some((event) => event.startsWith(start))) {
      await new Promise<void>((resolve) => void this.#changed.push(resolve));
    }
  }

  /** A server that logs its events and those of its sockets; `act` gets each new socket. */
  async serve(options: Partial<ServerOptions> = {}, act: (socket: WebSocket) => void = () => {}): Promise<WebSocketServer> {
    const server = new this.#library.WebSocketServer({ port: 0, host: "127.0.0.1", ...options });
    this.watch(server, act);
    await once(server, "listening");
    return server;
  }

  watch(server: WebSocketServer, act: (socket: WebSocket) => void = () => {}): void {
    this.#cleanUps.push(() => {
      for (const client of server.clients ?? []) client.terminate();
      server.close();
    });
    server.on("close", () => this.log("server close"));
    server.on("error", (error) => this.log("server error", (error as NodeJS.ErrnoException).code));
    server.on("connection", (socket, request) => {
      this.log("connection", socket.readyState, request.url);
      this.watchSocket(socket);
      act(socket);
    });
  }

  watchSocket(socket: WebSocket): void {
    socket.on("message", (data, isBinary) => this.log("message", data, isBinary, socket.readyState));
    socket.on("ping", (data) => this.log("ping", data, socket.readyState));
    socket.on("pong", (data) => this.log("pong", data, socket.readyState));
    socket.on("error", (error) => this.log("error", error instanceof Error, socket.readyState));
    socket.on("close", (code, reason) => this.log("close", code, reason, socket.readyState));
  }

  /** A client of ws, open; it logs what comes. */
  async connect(server: WebSocketServer | number, protocols: string[] = [], options: ws.ClientOptions = {}): Promise<ws.WebSocket> {
    const client = this.client(server, protocols, options);
    await once(client, "open");
    return client;
  }

  client(server: WebSocketServer | number, protocols: string[] = [], options: ws.ClientOptions & { path?: string } = {}): ws.WebSocket {
    const client = new ws.WebSocket(`ws://127.0.0.1:${portOf(server)}${options.path ?? "/"}`, protocols, { perMessageDeflate: false, ...options });
    this.#cleanUps.push(() => client.terminate());
    client.on("error", (error) => this.log("client error", error.message));
    client.on("message", (data, isBinary) => this.log("client message", data, isBinary));
    client.on("ping", (data) => this.log("client ping", data));
    client.on("pong", (data) => this.log("client pong", data));
    client.on("close", (code, reason) => this.log("client close", code, reason));
    return client;
  }

  /** Sends bytes over TCP, and logs the status of the response. */
  async raw(server: WebSocketServer | number, changes: Record<string, string | undefined> = {}, first = "GET / HTTP/1.1", more = Buffer.alloc(0)): Promise<net.Socket> {
    const socket = net.connect(portOf(server), "127.0.0.1");
    this.#cleanUps.push(() => socket.destroy());
    const lines = Object.entries({ ...UPGRADE, ...changes }).filter(([, value]) => value !== undefined);
    socket.write(Buffer.concat([Buffer.from(`${first}\r\n${lines.map((line) => `${line.join(": ")}\r\n`).join("")}\r\n`), more]));
    const [chunk] = (await once(socket, "data")) as [Buffer];
    this.log("status", chunk.toString().slice(9, 12));
    return socket;
  }

  async leave(): Promise<void> {
    // What comes from here on is the end of the stage, not of the play.
    this.log = () => {};
    for (const cleanUp of this.#cleanUps.reverse()) cleanUp();
    await turn();
  }
}

function portOf(server: WebSocketServer | number): number {
  return typeof server === "number" ? server : (server.address() as AddressInfo).port;
}

function show(part: unknown): string {
  if (Buffer.isBuffer(part)) return `<${part.toString("latin1")}>`;
  if (part instanceof ArrayBuffer) return `ArrayBuffer<${Buffer.from(part).toString("latin1")}>`;
  if (Array.isArray(part)) return `[${part.map(show).join(",")}]`;
  return typeof part === "object" ? JSON.stringify(part) : String(part);
}

/** What a call throws, by its class. */
function thrown(call: () => unknown): string {
  try {
    call();
    return "nothing thrown";
  } catch (error) {
    return (error as Error).name;
  }
}

/** A masked frame; the key is all zeros. */
function frame(first: number, payload: string | Buffer = ""): Buffer {
  const bytes = Buffer.from(payload as string, "latin1");
  return Buffer.concat([Buffer.from([first, 0x80 | bytes.length, 0, 0, 0, 0]), bytes]);
}

const ENDED = "client close";

type Difference = {
  /** The beginning of the row in the lesson's table. */
  row: string;
  ours: string[];
  ws: string[];
};

/** Plays the same on both; `difference` are the events that are not the same. */
function same(title: string, play: (stage: Stage) => Promise<void>, difference?: Difference): void {
  test(title, { timeout: 20_000 }, async () => {
    const [ours, theirs] = await Promise.all([run(libraries.ours, play), run(libraries.ws, play)]);
    if (process.env.SHOW) console.log(title, "\n ", ours.join("\n  "));
    if (difference === undefined) return assert.deepEqual(ours, theirs);
    const onlyOurs = ours.filter((event) => !theirs.includes(event));
    const onlyTheirs = theirs.filter((event) => !ours.includes(event));
    assert.deepEqual({ ours: onlyOurs, ws: onlyTheirs }, { ours: difference.ours, ws: difference.ws });
    const lesson = readFileSync(new URL("README.md", import.meta.url), "utf8");
    assert.ok(lesson.includes(`| ${difference.row}`), `the lesson's table has no row "${difference.row}"`);
  });
}

async function run(library: Library, play: (stage: Stage) => Promise<void>): Promise<string[]> {
  const stage = new Stage(library);
  try {
    await play(stage);
    return [...stage.events];
  } finally {
    await stage.leave();
  }
}

same("messages come as Buffers, texts and bytes", async (stage) => {
  const client = await stage.connect(await stage.serve());
  client.send("text");
  client.send(Buffer.from("bytes"));
  client.send("");
  client.send(Buffer.alloc(0));
  client.close(1000);
  await stage.until(ENDED);
});

same("binary messages as ArrayBuffers, and a wrong binaryType is ignored", async (stage) => {
  const server = await stage.serve({}, (socket) => {
    stage.log(socket.binaryType);
    socket.binaryType = "arraybuffer";
    socket.binaryType = "nonsense";
    stage.log(socket.binaryType);
  });
  const client = await stage.connect(server);
  client.send("text");
  client.send(Buffer.from("bytes"));
  client.close(1000);
  await stage.until(ENDED);
});

same("fragments as an array", async (stage) => {
  const server = await stage.serve({}, (socket) => {
    socket.binaryType = "fragments";
    stage.log("type", socket.binaryType);
  });
  await stage.connect(server);
}, { row: "`binaryType`", ours: ["type nodebuffer"], ws: ["type fragments"] });

same("everything that can be sent", async (stage) => {
  const wide = Uint16Array.of(0x6161, 0x6262, 0x6363);
  const server = await stage.serve({}, (socket) => {
    socket.send("text");
    socket.send(12.5);
    socket.send(0);
    socket.send(Buffer.from("Buffer"));
    socket.send(wide);
    socket.send(wide.subarray(1, 2));
    socket.send(new DataView(wide.buffer, 2, 2));
    socket.send(wide.buffer);
    socket.send([97, 98]);
    socket.send(null);
    socket.send(undefined);
    socket.send("binary", { binary: true });
    socket.send(Buffer.from("text"), { binary: false });
    for (const wrong of [{}, true, Symbol("a"), () => {}]) stage.log(thrown(() => socket.send(wrong as never)));
    socket.close(1000);
  });
  await stage.connect(server);
  await stage.until(ENDED);
});

same("a Blob", async (stage) => {
  const server = await stage.serve({}, (socket) => stage.log(thrown(() => socket.send(new Blob(["a"]) as never))));
  await stage.connect(server);
  // What comes of it is another matter.
  stage.events.splice(2);
}, { row: "`Blob`", ours: ["TypeError"], ws: ["nothing thrown"] });

same("a message in fragments", async (stage) => {
  const server = await stage.serve({}, (socket) => {
    socket.send("a", { fin: false });
    socket.ping("in between");
    socket.send(Buffer.from("b"), { fin: false });
    socket.send("c", { fin: true });
    socket.send(Buffer.from("d"));
    socket.close(1000);
  });
  await stage.connect(server);
  await stage.until(ENDED);
});

same("callbacks of send, ping and pong, in all positions", async (stage) => {
  const server = await stage.serve({}, (socket) => {
    const called = (name: string) => (error?: Error | null) => stage.log("written", name, error ?? "without error");
    socket.send("a", called("send 2"));
    socket.send("b", {}, called("send 3"));
    socket.send("c", undefined, called("send undefined"));
    socket.ping(called("ping 1"));
    socket.ping("d", called("ping 2"));
    socket.ping("e", false, called("ping 3"));
    socket.pong(called("pong 1"));
    socket.pong("f", called("pong 2"));
    socket.pong("g", undefined, called("pong 3"));
    socket.ping(42);
    socket.ping();
    stage.log("sent");
  });
  const client = await stage.connect(server);
  await stage.until("pong <42>");
  client.close(1000);
  await stage.until(ENDED);
  // Two sides write at once: each in its order.
  stage.events.sort();
});

same("pings that are too long, and strange", async (stage) => {
  const server = await stage.serve({}, (socket) => {
    stage.log(thrown(() => socket.ping("x".repeat(126))), thrown(() => socket.pong(Buffer.alloc(126))));
    stage.log(thrown(() => socket.ping("x".repeat(125))), thrown(() => socket.ping({} as never)));
    socket.close(1000);
  });
  await stage.connect(server);
  await stage.until(ENDED);
});

same("pings and messages in one chunk", async (stage) => {
  const server = await stage.serve();
  const socket = await stage.raw(server);
  socket.write(Buffer.concat([frame(0x89, "1"), frame(0x81, "2"), frame(0x8a, "3"), frame(0x82, "4"), frame(0x89, "5")]));
  await stage.until("ping <5>");
});

same("frames that come with the request", async (stage) => {
  const server = await stage.serve();
  await stage.raw(server, {}, undefined, Buffer.concat([frame(0x81, "early"), frame(0x89, "bird")]));
  await stage.until("ping <bird>");
});

for (const [code, reason] of [[undefined, ""], [1000, ""], [1001, ""], [4001, ""], [4999, ""]] as const) {
  same(`the client closes with ${code} ${reason}`, async (stage) => {
    const client = await stage.connect(await stage.serve());
    client.close(code, reason);
    await stage.until(ENDED);
    await stage.until("close");
    stage.events.sort();
  });
}

same("the client closes with a reason", async (stage) => {
  const client = await stage.connect(await stage.serve());
  client.close(4001, "why");
  await stage.until(ENDED);
  await stage.until("close");
}, { row: "The answer to a Close", ours: ["client close 4001 <>"], ws: ["client close 4001 <why>"] });

for (const args of [[], [1000], [4001, "bye"], [4001, ""], [4001, Buffer.from("bytes")], [1000, "é".repeat(61)]] as const) {
  same(`the server closes with ${show(args)}`, async (stage) => {
    const server = await stage.serve({}, (socket) => {
      socket.close(...(args as []));
      stage.log("state", socket.readyState);
      socket.close(4002, "again");
    });
    await stage.connect(server);
    await stage.until(ENDED);
    await stage.until("close");
    stage.events.sort();
  });
}

for (const args of [[999], [1004], [1005], [1006], [1015], [2999], [5000], ["1000"], [1000, "x".repeat(124)], [null]]) {
  same(`close(${JSON.stringify(args)}) is refused`, async (stage) => {
    const server = await stage.serve({}, (socket) => {
      stage.log(thrown(() => socket.close(...(args as []))), socket.readyState);
      socket.terminate();
    });
    stage.client(server);
    await stage.until(ENDED);
  });
}

same("close() with half a code, and with a number for a reason", async (stage) => {
  const server = await stage.serve({}, (socket) => {
    stage.log("half", thrown(() => socket.close(1000.5)));
    stage.log("five", thrown(() => socket.close(1000, 5 as never)));
    socket.terminate();
  });
  stage.client(server);
  await stage.until("close");
  stage.events.splice(3);
}, { row: "`close(code, reason)`", ours: ["half TypeError", "five TypeError"], ws: ["half nothing thrown", "five nothing thrown"] });

same("send, ping, pong and close when it is too late", async (stage) => {
  const server = await stage.serve({}, (socket) => {
    const late = (name: string) => (error?: Error | null) => stage.log("late", name, error?.message);
    const tryAll = (when: string) => {
      socket.send("abc", late(`${when} send`));
      socket.send("abc");
      socket.ping("a", late(`${when} ping`));
      socket.pong("a", late(`${when} pong`));
      stage.log("too long", thrown(() => socket.ping("x".repeat(126))), thrown(() => socket.close(17)));
      stage.log("buffered", socket.bufferedAmount > 8);
      stage.log("terminated", thrown(() => when === "closed" && socket.terminate()));
    };
    socket.close(1000);
    tryAll("closing");
    socket.on("close", () => tryAll("closed"));
  });
  await stage.connect(server);
  await stage.until("late closed pong");
  await stage.until(ENDED);
  stage.events.sort();
});

same("terminate", async (stage) => {
  const server = await stage.serve({}, (socket) => {
    socket.terminate();
    stage.log("state", socket.readyState);
    socket.send("late", (error) => stage.log(error?.message));
  });
  stage.client(server);
  await stage.until("close");
  await stage.until(ENDED);
  stage.events.sort();
});

same("the client is gone without a word", async (stage) => {
  const client = await stage.connect(await stage.serve());
  client.terminate();
  await stage.until("close");
  stage.events.sort();
});

same("the client ends TCP without a Close frame", async (stage) => {
  const socket = await stage.raw(await stage.serve());
  socket.end();
  await stage.until("close");
});

same("the client ends TCP in the middle of a message", async (stage) => {
  const socket = await stage.raw(await stage.serve());
  socket.end(frame(0x01, "half").subarray(0, 8));
  await stage.until("close");
});

const VIOLATIONS: [title: string, bytes: Buffer, code: number][] = [
  ["a reserved opcode", frame(0x83), 1002],
  ["a reserved bit", frame(0xc1), 1002],
  ["an unmasked frame", Buffer.from("8100", "hex"), 1002],
  ["a fragmented ping", frame(0x09), 1002],
  ["a continuation of nothing", frame(0x80), 1002],
  ["a message in a message", Buffer.concat([frame(0x01), frame(0x81)]), 1002],
  ["a close code that must not be sent", frame(0x88, "\x03\xed"), 1002],
  ["a close frame of one byte", frame(0x88, "\x03"), 1002],
  ["bytes that are no text", frame(0x81, "\xff"), 1007],
  ["a message that is too big", frame(0x82, "x".repeat(101)), 1009],
];
for (const [title, bytes, code] of VIOLATIONS) {
  same(`${title} fails the connection with ${code}`, async (stage) => {
    const server = await stage.serve({ maxPayload: 100 });
    const socket = await stage.raw(server);
    // Nothing behind it counts.
    socket.write(Buffer.concat([frame(0x81, "before"), bytes, frame(0x81, "behind")]));
    const [answer] = (await once(socket, "data")) as [Buffer];
    stage.log("answer", answer.readUInt16BE(2));
    socket.end();
    await stage.until("close");
  });
}

same("the words of an error", async (stage) => {
  const server = await stage.serve({}, (socket) => {
    socket.on("error", (error) => stage.log("words", error.name, error.code));
  });
  (await stage.raw(server)).write(frame(0x83));
  await stage.until("words");
}, { row: "`error.code`", ours: ["words ProtocolError 1002"], ws: ["words RangeError WS_ERR_INVALID_OPCODE"] });

same("a length that is longer than it needs to be", async (stage) => {
  const socket = await stage.raw(await stage.serve());
  socket.write(Buffer.concat([Buffer.from("81fe000100000000", "hex"), Buffer.from("a")]));
  const first = await Promise.race([stage.until("message"), stage.until("error")]);
  return first;
}, { row: "A length that is written longer", ours: ["error true 2"], ws: ["message <a> false 1"] });

same("an endless text that is wrong from the start", async (stage) => {
  const socket = await stage.raw(await stage.serve());
  socket.write(Buffer.concat([frame(0x01, "\xff"), frame(0x89, "later")]));
  await Promise.race([stage.until("ping"), stage.until("error")]);
}, { row: "Text that is not UTF-8", ours: ["error true 2"], ws: ["ping <later> 1"] });

same("a message of 2 MiB, and no maxPayload", async (stage) => {
  const client = await stage.connect(await stage.serve({}, (socket) => socket.on("message", () => stage.log("taken"))));
  stage.watchSocket = () => {};
  client.send(Buffer.alloc(2 * 1024 * 1024));
  await Promise.race([stage.until("message"), stage.until("error")]);
  stage.events.forEach((event, i) => (stage.events[i] = event.slice(0, 10)));
}, { row: "`maxPayload`", ours: ["error true"], ws: ["message <\0", "taken"] });

same("maxPayload 0", async (stage) => {
  const client = await stage.connect(await stage.serve({ maxPayload: 0 }));
  client.send("a");
  await Promise.race([stage.until("message"), stage.until("error")]);
}, { row: "`maxPayload`", ours: ["error true 2"], ws: ["message <a> false 1"] });

same("listeners as in a browser", async (stage) => {
  const server = await stage.serve({}, (socket) => {
    const tell = (name: string) => (event: { type: string; target: unknown }) => {
      const { target, error, ...fields } = { ...pick(event), target: event.target, error: undefined };
      stage.log(name, event.type, target === socket, fields);
    };
    const twice = tell("twice");
    socket.addEventListener("message", twice);
    socket.addEventListener("message", twice);
    socket.addEventListener("message", tell("once"), { once: true });
    const handler = { handleEvent: tell("object") };
    socket.addEventListener("message", handler);
    socket.addEventListener("close", tell("listener"));
    socket.addEventListener("ping", tell("never"));
    const gone = tell("gone");
    socket.addEventListener("message", gone);
    socket.removeEventListener("message", gone);
    socket.removeEventListener("message", tell("unknown"));
    stage.log("attributes", socket.onmessage, socket.onopen, socket.onclose, socket.onerror);
    socket.onmessage = tell("replaced");
    const assigned = tell("assigned");
    socket.onmessage = assigned;
    stage.log("is it?", socket.onmessage === assigned, socket.listenerCount("message"));
    socket.addEventListener("message", assigned);
    socket.removeEventListener("message", assigned);
    socket.onclose = tell("assigned");
    socket.onclose = "nonsense" as never;
    stage.log("is it?", socket.onclose);
    socket.onclose = tell("assigned");
  });
  const client = await stage.connect(server);
  client.send("text");
  client.send(Buffer.from("bytes"));
  client.close(4001);
  await stage.until("assigned close");
  await stage.until(ENDED);
  stage.events.sort();
});

function pick(event: object): Record<string, unknown> {
  const names = ["data", "code", "reason", "wasClean", "message"];
  return Object.fromEntries(names.filter((name) => name in event).map((name) => [name, (event as Record<string, unknown>)[name]]));
}

same("the events error and close as in a browser", async (stage) => {
  const server = await stage.serve({}, (socket) => {
    socket.addEventListener("error", (event) => stage.log("heard", event.type, event.error instanceof Error, event.message === event.error?.message));
    socket.onclose = (event: { code?: number; wasClean?: boolean }) => stage.log("heard", event.code, event.wasClean);
  });
  const socket = await stage.raw(server);
  socket.end(frame(0x83));
  await stage.until("heard 1006");
});

same("the constants", async (stage) => {
  const { WebSocket } = stage.library;
  for (const name of ["CONNECTING", "OPEN", "CLOSING", "CLOSED"]) {
    stage.log(name, Object.getOwnPropertyDescriptor(WebSocket, name), Object.getOwnPropertyDescriptor(WebSocket.prototype, name));
  }
});

same("a WebSocket that is still CONNECTING", async (stage) => {
  const socket = new stage.library.WebSocket(null, undefined, {});
  stage.log(socket.readyState, socket.protocol, socket.extensions, socket.binaryType);
  stage.log(thrown(() => socket.send("a")), thrown(() => socket.ping()), thrown(() => socket.pong()));
});

for (const [title, handleProtocols] of Object.entries({
  "no handler": undefined,
  "the second": ([, second = ""]: Set<string>) => second,
  "false": () => false,
  "an empty string": () => "",
}) as [string, ServerOptions["handleProtocols"]][]) {
  same(`subprotocols: ${title}`, async (stage) => {
    const server = await stage.serve(handleProtocols ? { handleProtocols } : {}, (socket) => stage.log("protocol", socket.protocol));
    await stage.raw(server, { "Sec-WebSocket-Protocol": "one, two , three" });
    await stage.until("protocol");
    await stage.raw(server);
  });
}

same("handleProtocols gets a Set and the request, and is not called without an offer", async (stage) => {
  const server = await stage.serve({
    handleProtocols(protocols, request) {
      stage.log("choose from", protocols instanceof Set, [...protocols], request.url);
      return "two";
    },
  });
  const client = await stage.connect(server, ["one", "two"]);
  stage.log(client.protocol);
  await stage.connect(server);
});

same("a subprotocol that nobody has offered", async (stage) => {
  const server = await stage.serve({ handleProtocols: () => "other" }, (socket) => stage.log("protocol", socket.protocol));
  await stage.raw(server, { "Sec-WebSocket-Protocol": "one" });
  await stage.until("protocol");
}, { row: "A subprotocol that was not offered", ours: ["protocol "], ws: ["protocol other"] });

for (const list of ["", "a b", "a,,b", ",a", "a,", "a, a", "a/b", '"a"', "a;b", " , "]) {
  same(`the subprotocols ${JSON.stringify(list)}`, async (stage) => {
    await stage.raw(await stage.serve(), { "Sec-WebSocket-Protocol": list });
  });
}

same("verifyClient that returns", async (stage) => {
  const server = await stage.serve({
    verifyClient({ origin, secure, req }: { origin: string | undefined; secure: boolean; req: http.IncomingMessage }) {
      stage.log("verify", origin, secure, req.url);
      return req.url === "/";
    },
  });
  await stage.raw(server, { Origin: "https://example.com" });
  await stage.raw(server, {}, "GET /?no HTTP/1.1");
  stage.log(server.clients?.size);
});

same("verifyClient that calls back", async (stage) => {
  const server = await stage.serve({
    verifyClient({ req }: { req: http.IncomingMessage }, verdict: Verdict) {
      setImmediate(() => {
        if (req.url === "/") verdict(true);
        else if (req.url === "/plain") verdict(false);
        else if (req.url === "/wordless") verdict(false, 404, "");
        else verdict(false, 429, "slowly", { "Retry-After": 120 });
      });
    },
  });
  await stage.raw(server);
  await stage.raw(server, {}, "GET /plain HTTP/1.1");
  await stage.raw(server, {}, "GET /wordless HTTP/1.1");
  const request = http.get({ port: portOf(server), path: "/busy", headers: UPGRADE });
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  stage.log(response.statusCode, response.headers["retry-after"], response.headers.connection, String(await response.toArray()).trim());
});

same("the client has gone when verifyClient has decided", async (stage) => {
  let decide = (_ok: boolean) => {};
  const server = await stage.serve({
    verifyClient(_info: object, verdict: (ok: boolean) => void) {
      decide = verdict;
      stage.log("asked");
    },
  });
  const client = stage.client(server);
  await stage.until("asked");
  client.terminate();
  await stage.until(ENDED);
  await turn();
  await turn();
  decide(true);
  stage.log("decided", server.clients?.size);
}, undefined);

same("a foreign page", async (stage) => {
  await stage.raw(await stage.serve(), { Origin: "https://example.com" });
}, { row: "Origin", ours: ["status 403"], ws: ["connection 1 /", "status 101"] });

same("another path", async (stage) => {
  const server = await stage.serve({ path: "/chat" });
  await stage.raw(server, {}, "GET /chat?room=1 HTTP/1.1");
  await stage.raw(server, {}, "GET /chats HTTP/1.1");
}, { row: "Refusals", ours: ["status 404"], ws: ["status 400"] });

same("shouldHandle", async (stage) => {
  const server = new stage.library.WebSocketServer({ noServer: true, path: "/chat" });
  for (const url of ["/chat", "/chat?a", "/chat/", "/", "/chat#a"]) stage.log(url, server.shouldHandle({ url } as http.IncomingMessage));
  const open = new stage.library.WebSocketServer({ noServer: true });
  stage.log(open.shouldHandle({ url: "/whatever" } as http.IncomingMessage));
});

same("shouldHandle, overridden", async (stage) => {
  const server = await stage.serve();
  server.shouldHandle = ({ url }) => url === "/yes";
  await stage.raw(server, {}, "GET /yes HTTP/1.1");
});

const REFUSED: [title: string, changes: Record<string, string | undefined>, first: string | undefined, ours: string, theirs: string][] = [
  ["a POST", {}, "POST / HTTP/1.1", "405", "405"],
  ["a plain GET", { Upgrade: undefined, Connection: undefined }, undefined, "426", "426"],
  ["another upgrade", { Upgrade: "h2c" }, undefined, "426", "400"],
  ["no key", { "Sec-WebSocket-Key": undefined }, undefined, "400", "400"],
  ["a key that is too short", { "Sec-WebSocket-Key": "abc" }, undefined, "400", "400"],
  ["version 12", { "Sec-WebSocket-Version": "12" }, undefined, "426", "400"],
  ["version 8", { "Sec-WebSocket-Version": "8" }, undefined, "426", "101"],
  ["HTTP/1.0", {}, "GET / HTTP/1.0", "505", "101"],
];
for (const [title, changes, first, ours, theirs] of REFUSED) {
  const isSame = ours === theirs;
  same(`${title} gets ${ours}`, async (stage) => {
    await stage.raw(await stage.serve(), changes, first);
    stage.events.splice(0, stage.events.length, ...stage.events.filter((event) => event.startsWith("status")));
  }, isSame ? undefined : { row: "Refusals", ours: [`status ${ours}`], ws: [`status ${theirs}`] });
}

same("wsClientError gets what the protocol forbids, and not what the application does", async (stage) => {
  const server = await stage.serve({ verifyClient: ({ req }: { req: http.IncomingMessage }) => req.url !== "/no" });
  server.on("wsClientError", (error, socket, request) => {
    stage.log("wsClientError", error instanceof Error, request.url, socket.writable);
    socket.end("HTTP/1.1 418 Teapot\r\n\r\n");
  });
  await stage.raw(server, { "Sec-WebSocket-Key": "abc" }, "GET /bad HTTP/1.1");
  await stage.raw(server, { "Sec-WebSocket-Protocol": "a,,b" }, "GET /list HTTP/1.1");
  await stage.raw(server, {}, "GET /no HTTP/1.1");
});

same("the event headers", async (stage) => {
  const server = await stage.serve();
  server.on("headers", (lines, request) => {
    stage.log("headers", lines.filter((line) => !line.includes("Accept")), lines.length, request.url);
    lines.push("X-More: yes");
  });
  const client = stage.client(server, ["a"]);
  const [response] = (await once(client, "upgrade")) as [http.IncomingMessage];
  stage.log("got", response.headers["x-more"], response.headers["sec-websocket-protocol"]);
});

for (const options of [undefined, {}, { port: 0, noServer: true }, { port: 0, server: true }, { server: true, noServer: true }] as (object | undefined)[]) {
  same(`the options ${JSON.stringify(options)}`, async (stage) => {
    const given = options && "server" in options ? { ...options, server: http.createServer() } : options;
    stage.log(thrown(() => new stage.library.WebSocketServer(given)));
  });
}

same("address()", async (stage) => {
  const server = await stage.serve();
  const { address, family, port } = server.address() as AddressInfo;
  stage.log(address, family, typeof port);
  server.close();
  stage.log("closed", server.address());
  stage.log(thrown(() => new stage.library.WebSocketServer({ noServer: true }).address()));
  stage.log(new stage.library.WebSocketServer({ server: http.createServer() }).address());
});

same("the callback comes before the event listening", async (stage) => {
  const server = new stage.library.WebSocketServer({ port: 0, host: "127.0.0.1" }, () => stage.log("callback"));
  stage.watch(server);
  server.on("listening", () => stage.log("listening"));
  await stage.until("listening");
});

same("a port that is taken", async (stage) => {
  const first = await stage.serve();
  const second = new stage.library.WebSocketServer({ port: portOf(first), host: "127.0.0.1" });
  stage.watch(second);
  await stage.until("server error");
});

same("close(), while clients are there and after", async (stage) => {
  const server = await stage.serve();
  const client = await stage.connect(server);
  server.close((error) => stage.log("callback 1", error?.name));
  server.close((error) => stage.log("callback 2", error?.name));
  await turn();
  stage.log("waits", server.clients?.size);
  client.close(1000);
  await stage.until("callback 2");
  server.close((error) => stage.log("callback 3", error?.name));
  await stage.until("callback 3");
  await stage.until(ENDED);
  stage.log(server.clients?.size);
  stage.events.sort();
});

for (const clientTracking of [true, false]) {
  same(`close() with somebody else's server, ${clientTracking ? "and" : "without"} clients`, async (stage) => {
    const httpServer = http.createServer().listen(0, "127.0.0.1");
    await once(httpServer, "listening");
    const { port } = httpServer.address() as AddressInfo;
    const server = new stage.library.WebSocketServer({ server: httpServer, clientTracking });
    stage.watch(server);
    const client = await stage.connect(port);
    stage.log("clients", server.clients?.size);
    server.close((error) => stage.log("callback", error?.name));
    stage.log("listeners", ["upgrade", "error"].map((name) => httpServer.listenerCount(name)));
    await turn();
    client.close(1000);
    await stage.until("callback");
    await stage.until(ENDED);
    stage.log("still there", httpServer.listening);
    stage.events.sort();
    httpServer.close();
  });
}

same("handleUpgrade, by hand", async (stage) => {
  const httpServer = http.createServer().listen(0, "127.0.0.1");
  await once(httpServer, "listening");
  const server = new stage.library.WebSocketServer({ noServer: true });
  stage.watch(server);
  httpServer.on("upgrade", (request, socket, head) => {
    server.handleUpgrade(request, socket, head, (webSocket, same) => {
      stage.log("upgraded", webSocket.readyState, same === request, server.clients?.has(webSocket));
      server.emit("connection", webSocket, request);
    });
    stage.log("again", thrown(() => server.handleUpgrade(request, socket, head, () => {})));
  });
  const { port } = httpServer.address() as AddressInfo;
  const client = await stage.connect(port);
  client.close(1000);
  await stage.until(ENDED);
  server.close();
  await stage.until("server close");
  httpServer.removeAllListeners("upgrade");
  httpServer.on("upgrade", (request, socket, head) => server.handleUpgrade(request, socket, head, () => stage.log("never")));
  await stage.raw(port);
  stage.events.sort();
  httpServer.close();
});

same("a class of one's own", async (stage) => {
  class Named extends stage.library.WebSocket {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args);
      stage.log("constructed", args.length, args[0], args[1], this.readyState);
      this.on("open", () => stage.log("open", this.readyState));
    }
    hello() {
      stage.log("hello");
    }
  }
  const server = await stage.serve({ WebSocket: Named }, (socket) => (socket as Named).hello());
  await stage.connect(server);
});

same("clientTracking: false", async (stage) => {
  const server = await stage.serve({ clientTracking: false });
  const client = await stage.connect(server);
  stage.log(server.clients);
  client.close(1000);
  await stage.until(ENDED);
  stage.events.sort();
});

same("at the event close, the client is no longer in clients", async (stage) => {
  const server = await stage.serve({}, (socket) => {
    stage.log("there", server.clients?.has(socket));
    socket.on("close", () => stage.log("gone", server.clients?.has(socket)));
  });
  const client = await stage.connect(server);
  client.close(1000);
  await stage.until("gone");
  await stage.until(ENDED);
  stage.events.sort();
});

same("options can be changed later, as graphql-ws does", async (stage) => {
  const given: ServerOptions = { port: 0, host: "127.0.0.1" };
  const server = await stage.serve(given);
  server.options.handleProtocols = () => "late";
  const client = await stage.connect(server, ["early", "late"]);
  stage.log(client.protocol, given.handleProtocols);
});
