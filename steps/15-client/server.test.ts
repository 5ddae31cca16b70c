import {
  acceptValue,
  checksOf,
  closePayload,
  expectFrame,
  frame,
  hex,
  OP,
  RawServer,
  readClientFrame,
  readFrame,
  readRequest,
  switchingResponse,
  type ClientFrame,
  type ClientRequest,
  type RawClient,
  type ResponseOptions,
  type ServerUnderTest,
} from "../../scripts/checks/index.ts";

// The server of this step becomes a client on demand. To a text `connect 127.0.0.1:4711 chat superchat` it opens
// ws://127.0.0.1:4711/ with these subprotocols, and tells what comes of it, each as a text: `open` (or
// `open chat`), `message Hello`, `error` and why, `close 1000 bye`. A binary message comes as it is. What
// follows on the connection of the one who asked is sent to that other server.

const check = checksOf(new URL("server.ts", import.meta.url));
const R28 = { proves: ["R28"] } as const;

/** The one who asks, and the other server's end of the connection that comes of it. */
type Scene = { asker: RawClient; peer: RawClient; request: ClientRequest };

check("connects to another server when it is asked to", R28, async (server) => {
  await withPeer(server, "", async ({ peer, request }) => {
    if (request.line !== "GET / HTTP/1.1") throw peer.failure(`The request begins with "${request.line}". Expected "GET / HTTP/1.1".`);
  });
});

check("asks for a WebSocket as section 4.1 says", R28, async (server) => {
  await withPeer(server, "", async ({ peer, request }) => {
    const port = peer.socket.localPort;
    expectField(peer, request, "Host", `127.0.0.1:${port}`);
    expectField(peer, request, "Upgrade", "websocket");
    expectField(peer, request, "Connection", "Upgrade");
    expectField(peer, request, "Sec-WebSocket-Version", "13");
    const [key = "", ...others] = request.headers.get("sec-websocket-key") ?? [];
    if (others.length > 0 || !/^[A-Za-z0-9+/]{21}[AQgw]==$/.test(key)) {
      throw peer.failure(`The key is "${key}". Expected one Sec-WebSocket-Key of 16 bytes in base64.`);
    }
    for (const name of ["Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions"]) {
      if (request.headers.has(name.toLowerCase())) throw peer.failure(`The request has a header ${name}, and nobody asked for one.`);
    }
  });
});

check("chooses a new key for each connection", R28, async (server) => {
  const keys = new Set<string | undefined>();
  for (let i = 0; i < 3; i++) {
    await withPeer(server, "", async ({ peer, request }) => {
      const [key] = request.headers.get("sec-websocket-key") ?? [];
      if (keys.has(key)) throw peer.failure(`The key ${key} came twice. A cache in between could answer with the response of before.`);
      keys.add(key);
    });
  }
});

check("is open after a correct 101, and not before", R28, async (server) => {
  await withPeer(server, "", async ({ asker, peer, request }) => {
    await asker.expectSilence();
    peer.send(switchingResponse(request));
    await expectFrame(asker, OP.text, "open");
  });
});

accepts("Upgrade: WebSocket", { headers: { Upgrade: "WebSocket" } }, "the case of letters does not count here");
accepts("Connection: keep-alive, UPGRADE", { headers: { Connection: "keep-alive, UPGRADE" } }, "the header is a list");
accepts("a status line without its words", { status: "101 " }, "the words are for people");

refuses("a 200", { status: "200 OK", headers: { Upgrade: null, Connection: null, "Content-Length": "0" } }, "this is no WebSocket");
refuses("a 401", { status: "401 Unauthorized", headers: { Upgrade: null, Connection: null, "Content-Length": "0" } }, "this is no WebSocket");
refuses("a 426", { status: "426 Upgrade Required" }, "only a 101 opens a WebSocket");
refuses("no Upgrade", { headers: { Upgrade: null } }, "the 101 does not say to what it switches");
refuses("another Upgrade", { headers: { Upgrade: "h2c" } }, "this is another protocol");
refuses("no Connection", { headers: { Connection: null } }, "Connection has to list upgrade");
refuses("a Connection without upgrade", { headers: { Connection: "keep-alive" } }, "Connection has to list upgrade");
refuses("a Connection with upgrades", { headers: { Connection: "upgrades" } }, "upgrades is another token");
refuses("no accept value", { headers: { "Sec-WebSocket-Accept": null } }, "anybody could answer so");
refuses("the accept value of another key", { headers: { "Sec-WebSocket-Accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" } }, "it answers another request");
refuses("the accept value in lower case", lowerCaseAccept, "in base64, the case of letters counts");
refuses("two accept values", doubleAccept, "there has to be one");
refuses("an extension", { headers: { "Sec-WebSocket-Extensions": "permessage-deflate" } }, "the client has offered none");
refuses("a subprotocol", { headers: { "Sec-WebSocket-Protocol": "chat" } }, "the client has offered none");
refuses("another subprotocol", { headers: { "Sec-WebSocket-Protocol": "chess" } }, "the client has offered others", "chat superchat");
refuses("a subprotocol in capitals", { headers: { "Sec-WebSocket-Protocol": "CHAT" } }, "the case of letters counts", "chat superchat");
refuses("two subprotocols", { headers: { "Sec-WebSocket-Protocol": "chat, superchat" } }, "only one is spoken", "chat superchat");
refuses("an empty subprotocol", { headers: { "Sec-WebSocket-Protocol": "" } }, "the client has offered others", "chat");
refuses("no subprotocol", {}, "the client has asked how to talk, and got no answer", "chat");

check("does not follow a redirect", R28, async (server) => {
  const other = await RawServer.listen(server.patience);
  try {
    await withPeer(server, "", async ({ asker, peer }) => {
      peer.send(`HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:${other.port}/\r\nContent-Length: 0\r\n\r\n`);
      await expectFailure(asker, "a redirect is for the application to decide on");
    });
    await other.expectNobody();
  } finally {
    await other.close();
  }
});

check("offers subprotocols in their order, and takes the one that is chosen", R28, async (server) => {
  await withPeer(server, "chat superchat", async ({ asker, peer, request }) => {
    const offer = (request.headers.get("sec-websocket-protocol") ?? []).join(",").replaceAll(" ", "");
    if (offer !== "chat,superchat") throw peer.failure(`The offer is "${offer}". Expected chat, and then superchat.`);
    peer.send(switchingResponse(request, { headers: { "Sec-WebSocket-Protocol": "superchat" } }));
    await expectFrame(asker, OP.text, "open superchat");
  });
});

for (const [what, offer] of [["a subprotocol twice", "chat chat"], ["a subprotocol that is no token", "ch@t"]] as const) {
  check(`does not offer ${what}`, R28, async (server) => {
    const raw = await RawServer.listen(server.patience);
    try {
      const asker = await server.open();
      asker.send(frame(OP.text, `connect 127.0.0.1:${raw.port} ${offer}`));
      await expectError(asker, "the request would be malformed");
      await raw.expectNobody();
    } finally {
      await raw.close();
    }
  });
}

check("masks each frame, with a key of its own", R28, async (server) => {
  await withOpenPeer(server, async ({ asker, peer }) => {
    const keys = new Set<string>();
    for (let i = 0; i < 20; i++) {
      asker.send(frame(OP.text, "Websockets are great"));
      const { key } = await expectClientFrame(peer, OP.text, "Websockets are great");
      if (keys.has(key)) throw peer.failure(`Two frames were masked with the same key. Each needs a fresh one (RFC 6455, section 5.3).`);
      keys.add(key);
    }
  });
});

check("masks payloads of every length, and takes them unmasked", R28, async (server) => {
  await withOpenPeer(server, async ({ asker, peer }) => {
    for (const length of [0, 1, 125, 126, 65535, 65536]) {
      const bytes = Buffer.alloc(length, "\0\xff!", "latin1");
      asker.send(frame(OP.binary, bytes));
      await expectClientFrame(peer, OP.binary, bytes);
      peer.send(frame(OP.binary, bytes, { mask: null }));
      await expectFrame(asker, OP.binary, bytes);
    }
  });
});

check("masks pongs, too", R28, async (server) => {
  await withOpenPeer(server, async ({ peer }) => {
    peer.send(frame(OP.ping, "are you there?", { mask: null }));
    await expectClientFrame(peer, OP.pong, "are you there?");
  });
});

check("reads frames that come together with the 101", R28, async (server) => {
  await withPeer(server, "", async ({ asker, peer, request }) => {
    const hello = frame(OP.text, "Hello", { mask: null });
    peer.send(Buffer.concat([Buffer.from(switchingResponse(request)), hello, hello.subarray(0, 3)]));
    await expectFrame(asker, OP.text, "open");
    await expectFrame(asker, OP.text, "message Hello");
    peer.send(hello.subarray(3));
    await expectFrame(asker, OP.text, "message Hello");
  });
});

for (const [what, bytes] of [
  ["a masked frame", frame(OP.text, "Hello")],
  ["a masked frame without payload", frame(OP.ping, "")],
  ["a frame with a reserved bit", frame(OP.text, "Hello", { mask: null, rsv: 4 })],
] as const) {
  check(`refuses ${what} with 1002`, { proves: ["R13", "R28"] }, async (server) => {
    await withOpenPeer(server, async ({ asker, peer }) => {
      peer.send(bytes);
      await expectClientFrame(peer, OP.close, closePayload(1002));
      await expectError(asker, "a server must not send this");
      peer.end();
      await expectFrame(asker, OP.text, "close 1006");
      await peer.expectEnd();
    });
  });
}

check("answers a close frame, and lets the server hang up first", { proves: ["R25", "R28"] }, async (server) => {
  await withOpenPeer(server, async ({ asker, peer }) => {
    peer.send(frame(OP.close, closePayload(4001, "bye"), { mask: null }));
    await expectClientFrame(peer, OP.close, closePayload(4001));
    await peer.expectSilence();
    peer.end();
    await peer.expectEnd();
    await expectFrame(asker, OP.text, "close 4001 bye");
  });
});

check("begins to close, and lets the server hang up first", { proves: ["R25", "R28"] }, async (server) => {
  await withOpenPeer(server, async ({ asker, peer }) => {
    asker.send(frame(OP.close, closePayload(4002)));
    asker.end();
    await expectClientFrame(peer, OP.close, closePayload(4002));
    peer.send(frame(OP.close, closePayload(4002), { mask: null }));
    await peer.expectSilence();
    peer.end();
    await peer.expectEnd();
  });
});

check("reports 1006 when the server goes without a close frame", { proves: ["R27"] }, async (server) => {
  await withOpenPeer(server, async ({ asker, peer }) => {
    peer.end();
    await expectFrame(asker, OP.text, "close 1006");
    await peer.expectEnd();
  });
});

check("lets go of a server that has not answered yet", R28, async (server) => {
  await withPeer(server, "", async ({ asker, peer }) => {
    asker.send(frame(OP.close, closePayload(1000)));
    asker.end();
    await peer.expectEnd();
  });
});

check("survives servers that are not there, or no servers at all", { proves: ["C2"] }, async (server) => {
  const gone = await RawServer.listen(server.patience);
  await gone.close();
  const asker = await server.open();
  asker.send(frame(OP.text, `connect 127.0.0.1:${gone.port}`));
  await expectFailure(asker, "nobody listens there");

  await withPeer(server, "", async (scene) => {
    scene.peer.send("What do you want?\r\n\r\n");
    await expectFailure(scene.asker, "this is no HTTP");
  });
  await withPeer(server, "", async (scene) => {
    await scene.peer.reset();
    await expectFailure(scene.asker, "the connection was reset");
  });
  await withOpenPeer(server, async (scene) => {
    await scene.peer.reset();
    await expectFrame(scene.asker, OP.text, "close 1006");
  });
  const other = await server.open();
  other.send(frame(OP.text, "connect 127.0.0.1:99999"));
  await expectError(other, "there is no such port");
});

/** Asks the server under test to connect, and lends what comes of it to `use`. */
async function withPeer(server: ServerUnderTest, offer: string, use: (scene: Scene) => Promise<void>): Promise<void> {
  const raw = await RawServer.listen(server.patience);
  try {
    const asker = await server.open();
    asker.send(frame(OP.text, `connect 127.0.0.1:${raw.port} ${offer}`.trim()));
    const peer = await accepted(raw, asker);
    await use({ asker, peer, request: await readRequest(peer) });
  } finally {
    await raw.close();
  }
}

/** As `withPeer`, with a connection that is open. */
function withOpenPeer(server: ServerUnderTest, use: (scene: Scene) => Promise<void>): Promise<void> {
  return withPeer(server, "", async (scene) => {
    scene.peer.send(switchingResponse(scene.request));
    await expectFrame(scene.asker, OP.text, "open");
    await use(scene);
  });
}

async function accepted(raw: RawServer, asker: RawClient): Promise<RawClient> {
  const nobody = new Promise<undefined>((resolve) => asker.socket.once("data", () => resolve(undefined)));
  const peer = await Promise.race([raw.accept().catch(() => undefined), nobody]);
  if (peer !== undefined) return peer;
  throw asker.failure(`Expected the server to connect to port ${raw.port}, as it was asked to, but it did not.`);
}

function accepts(what: string, options: ResponseOptions, why: string): void {
  check(`takes ${what}`, R28, async (server) => {
    await withPeer(server, "", async ({ asker, peer, request }) => {
      peer.send(switchingResponse(request, options));
      const { payload } = await readFrame(asker, `the text "open" (${why})`);
      if (payload.toString() !== "open") throw peer.failure(`Expected the connection to open (${why}), but we heard "${payload}".`);
    });
  });
}

/** A response that must not open a WebSocket. */
function refuses(what: string, change: ResponseOptions | ((request: ClientRequest) => ResponseOptions), why: string, offer = ""): void {
  check(`fails over a response with ${what}`, R28, async (server) => {
    await withPeer(server, offer, async ({ asker, peer, request }) => {
      peer.send(switchingResponse(request, typeof change === "function" ? change(request) : change));
      await expectFailure(asker, why);
      await peer.expectEnd();
    });
  });
}

// Function declarations, since the table above is older than what stands here.
function lowerCaseAccept(request: ClientRequest): ResponseOptions {
  return { headers: { "Sec-WebSocket-Accept": acceptValue(request).toLowerCase() } };
}

function doubleAccept(request: ClientRequest): ResponseOptions {
  return { headers: { "Sec-WebSocket-Accept": [acceptValue(request), acceptValue(request)] } };
}

function expectField(peer: RawClient, request: ClientRequest, name: string, value: string): void {
  const values = request.headers.get(name.toLowerCase()) ?? [];
  if (values.length === 1 && values[0]?.toLowerCase() === value.toLowerCase()) return;
  throw peer.failure(`The request has ${values.length === 0 ? "no" : `"${values.join('" and "')}" as`} ${name}. Expected ${name}: ${value}.`);
}

/** Expects an `error`, whatever its words. */
async function expectError(asker: RawClient, why: string): Promise<void> {
  const { payload } = await readFrame(asker, `the text "error …" (${why})`);
  if (!payload.toString().startsWith("error ")) throw asker.failure(`Expected "error …" (${why}), but "${payload}" came.`);
}

/** Expects that nothing comes of a connection. */
async function expectFailure(asker: RawClient, why: string): Promise<void> {
  await expectError(asker, why);
  await expectFrame(asker, OP.text, "close 1006");
}

async function expectClientFrame(peer: RawClient, opcode: number, expected: string | Uint8Array): Promise<ClientFrame> {
  const wanted = Buffer.from(expected as Uint8Array);
  const received = await readClientFrame(peer, `a frame with opcode ${opcode} and ${wanted.length} bytes`);
  const { fin, rsv, payload } = received;
  if (fin && rsv === 0 && received.opcode === opcode && payload.equals(wanted)) return received;
  throw peer.failure(`Expected a frame with opcode ${opcode} and ${wanted.length} bytes, but one with opcode ${received.opcode} came, unmasked: ${hex(payload, 16)}.`);
}
