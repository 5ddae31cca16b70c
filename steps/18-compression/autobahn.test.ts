import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { exitCode, startProcess } from "../../scripts/lib/processes.ts";
import { connect } from "./connect.ts";
import { WebSocketServer } from "./websocket-server.ts";

// Autobahn|Python, whose authors wrote the test suite of the same name, on the other end: Debian's
// python3-autobahn. It is strict, and ends what it finds wrong with an error.

const PYTHON = "/usr/bin/python3";
const skip = spawnSync(PYTHON, ["-c", "import autobahn.asyncio.websocket"]).status !== 0 && "python3-autobahn is not installed";
const limit = { timeout: 60_000, skip };

const CLIENT = `
import asyncio, sys
from urllib.parse import urlparse
from autobahn.asyncio.websocket import WebSocketClientProtocol, WebSocketClientFactory
from autobahn.websocket.compress import PerMessageDeflateOffer, PerMessageDeflateResponse, PerMessageDeflateResponseAccept

class Client(WebSocketClientProtocol):
    def onOpen(self):
        self.accepted = str(self.websocket_extensions_in_use).lower()
        self.left = [(("text €😀" * n * n).encode(), False) for n in range(20)] + [(bytes(range(256)) * n * n, True) for n in range(20)]
        self.sendNext()

    def sendNext(self):
        if not self.left:
            self.sendPing(b"are you there?")
            return
        self.sent, self.binary = self.left.pop()
        if len(self.sent) % 2:
            self.sendMessage(self.sent, self.binary, fragmentSize=100)
        else:
            self.sendMessage(self.sent, self.binary)

    def onMessage(self, payload, isBinary):
        assert (payload, isBinary) == (self.sent, self.binary), "a message came back changed"
        self.sendNext()

    def onPong(self, payload):
        assert payload == b"are you there?"
        self.sendClose(4001, "bye")

    def onClose(self, wasClean, code, reason):
        if (wasClean, code) != (True, 4001):
            print(f"closed with {code} {reason}", file=sys.stderr)
            done.set_result(1)
        elif ("deflate" in self.accepted) != (mode != "plain"):
            print(f"agreed on {self.accepted}", file=sys.stderr)
            done.set_result(1)
        else:
            done.set_result(0)

url, mode = sys.argv[1:3]
offers = dict(
    plain=[],
    deflate=[PerMessageDeflateOffer()],
    nocontext=[PerMessageDeflateOffer(request_no_context_takeover=True)],
    window=[PerMessageDeflateOffer(request_max_window_bits=9)],
)[mode]

async def main():
    global done
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    factory = WebSocketClientFactory(url, loop=loop)
    factory.protocol = Client
    factory.setProtocolOptions(
        perMessageCompressionOffers=offers,
        perMessageCompressionAccept=lambda response: PerMessageDeflateResponseAccept(response) if isinstance(response, PerMessageDeflateResponse) else None,
    )
    await loop.create_connection(factory, urlparse(url).hostname, urlparse(url).port)
    sys.exit(await done)

asyncio.run(main())
`;

for (const mode of ["plain", "deflate", "nocontext", "window"]) {
  test(`Autobahn as a client, ${mode}`, limit, async (context) => {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: { threshold: 0 } });
    server.on("connection", (socket) => {
      socket.on("message", (data, binary) => socket.send(data, { binary }));
    });
    context.after(() => server.close());
    await once(server, "listening");
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const client = spawn(PYTHON, ["-c", CLIENT, url, mode], { stdio: ["ignore", "inherit", "pipe"] });
    let errors = "";
    client.stderr.on("data", (chunk) => void (errors += chunk));
    const [status] = (await once(client, "close")) as [number];
    assert.equal(status, 0, errors);
  });
}

const SERVER = `
import asyncio, sys
from autobahn.asyncio.websocket import WebSocketServerProtocol, WebSocketServerFactory
from autobahn.websocket.compress import PerMessageDeflateOffer, PerMessageDeflateOfferAccept

class Server(WebSocketServerProtocol):
    def onConnect(self, request):
        return "chat" if "chat" in request.protocols else None

    def onMessage(self, payload, isBinary):
        if payload == b"close":
            self.sendClose(4001, "bye")
        else:
            self.sendMessage(payload, isBinary, fragmentSize=1000)

deflate = sys.argv[1] == "deflate"

def accept(offers):
    for offer in offers:
        if deflate and isinstance(offer, PerMessageDeflateOffer):
            return PerMessageDeflateOfferAccept(offer)

async def main():
    loop = asyncio.get_running_loop()
    factory = WebSocketServerFactory(protocols=["chat"], loop=loop)
    factory.protocol = Server
    factory.setProtocolOptions(perMessageCompressionAccept=accept)
    server = await loop.create_server(factory, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.create_future()

asyncio.run(main())
`;

for (const mode of ["plain", "deflate"]) {
  test(`Autobahn as a server, ${mode}`, limit, async () => {
    const child = startProcess(PYTHON, ["-c", SERVER, mode]);
    try {
      const [port] = await once(child.stdout!, "data");
      const socket = await connect(`ws://127.0.0.1:${Number(String(port))}`, ["superchat", "chat"], { perMessageDeflate: mode === "deflate" });
      assert.equal(socket.protocol, "chat");
      assert.equal(socket.extensions.startsWith("permessage-deflate"), mode === "deflate");
      for (const size of [0, 125, 126, 65535, 65536, 1024 * 1024]) {
        for (const binary of [false, true]) {
          const sent = Buffer.alloc(size, binary ? "\0\xff" : "text");
          socket.send(sent, { binary });
          const [data, isBinary] = (await once(socket, "message")) as [Buffer, boolean];
          assert.ok(data.equals(sent), `${size} bytes came back changed`);
          assert.equal(isBinary, binary);
        }
      }
      socket.ping("are you there?");
      assert.equal(String((await once(socket, "pong"))[0]), "are you there?");
      socket.send("close");
      assert.deepEqual((await once(socket, "close")).map(String), ["4001", "bye"]);
    } finally {
      child.kill();
      await exitCode(child);
    }
  });
}
