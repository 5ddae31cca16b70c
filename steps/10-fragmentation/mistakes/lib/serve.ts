import http from "node:http";
import type { Duplex } from "node:stream";
import { Opcode } from "../../constants.ts";
import { FrameParser, type FrameSink } from "../../frame-parser.ts";
import { encodeFrame } from "../../frame.ts";
import { checkRequest } from "../../handshake.ts";

// What the mistakes of this step share, so that each of them shows its fault and little else.
// Nothing is wrong in here.

/** What a server says on one connection. */
export type Answers = {
  message(opcode: number, payload: Buffer): void;
  control(opcode: number, payload: Buffer): void;
};

/** A server that puts frames together in its own way: `assemble` makes a sink for each connection. */
export function serve(assemble: (answers: Answers) => FrameSink): void {
  const port = Number(process.env.PORT ?? 8000);
  const server = http.createServer();

  server.on("upgrade", (request, socket, head) => {
    socket.on("error", (error) => {
      console.log(`Socket error: ${error.message}`);
    });
    const result = checkRequest(request, { path: "/", allowedOrigins: [] });
    if (!result.ok) {
      socket.destroy();
      return;
    }
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\n" +
        "Upgrade: websocket\r\n" +
        "Connection: Upgrade\r\n" +
        `Sec-WebSocket-Accept: ${result.accept}\r\n` +
        "\r\n",
    );

    const parser = new FrameParser();
    const sink = assemble(answersOf(socket));
    socket.on("data", (chunk) => parser.push(chunk, sink));
    socket.on("end", () => socket.end());
    parser.push(head, sink);
  });

  server.listen(port, () => {
    console.log(`Listening on port ${port}`);
  });
}

function answersOf(socket: Duplex): Answers {
  return {
    message(opcode, payload) {
      socket.write(encodeFrame(opcode, payload));
    },
    control(opcode, payload) {
      if (opcode === Opcode.Ping) socket.write(encodeFrame(Opcode.Pong, payload));
      if (opcode !== Opcode.Close) return;
      socket.write(encodeFrame(Opcode.Close, payload.subarray(0, 2)));
      socket.end();
    },
  };
}
