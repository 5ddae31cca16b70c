import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { exitCode, startProcess } from "../../scripts/lib/processes.ts";
import { connect } from "./connect.ts";

const PYTHON = "/usr/bin/python3";
const hasPython = spawnSync(PYTHON, ["-c", "import websockets"]).status === 0;

/** An echo server that offers compression, which we decline by not asking for it. It runs with version 10.4 too. */
const PROGRAM = `
import asyncio, websockets

async def echo(socket, path=None):
    await socket.send(socket.subprotocol)
    async for message in socket:
        if message == "close":
            await socket.close(4001, "bye")
        else:
            await socket.send(message)

async def main():
    async with websockets.serve(echo, "127.0.0.1", 0, subprotocols=["chat"], max_size=None) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Future()

asyncio.run(main())
`;

test("python3-websockets as a server", { skip: !hasPython && "python3-websockets is not installed" }, async () => {
  const child = startProcess(PYTHON, ["-c", PROGRAM]);
  try {
    const [port] = await once(child.stdout!, "data");
    const socket = await connect(`ws://127.0.0.1:${Number(String(port))}`, ["superchat", "chat"]);
    const next = async () => (await once(socket, "message")) as [Buffer, boolean];
    assert.equal(socket.protocol, "chat");
    assert.equal(String((await next())[0]), "chat");
    for (const size of [0, 125, 126, 65535, 65536, 1024 * 1024]) {
      for (const binary of [false, true]) {
        const sent = Buffer.alloc(size, binary ? "\0\xff" : "text");
        socket.send(sent, { binary });
        const [data, isBinary] = await next();
        assert.ok(data.equals(sent), `${size} bytes came back changed`);
        assert.equal(isBinary, binary);
      }
    }
    socket.ping("are you there?");
    assert.equal(String((await once(socket, "pong"))[0]), "are you there?");
    socket.send("close");
    assert.deepEqual((await once(socket, "close")).map(String), ["4001", "bye"]);

    const other = await connect(`ws://127.0.0.1:${Number(String(port))}`, "chat");
    other.close(4002);
    assert.equal((await once(other, "close"))[0], 4002);
  } finally {
    child.kill();
    await exitCode(child);
  }
});
