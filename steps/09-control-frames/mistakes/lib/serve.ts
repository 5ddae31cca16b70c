import http from "node:http";
import type { Duplex } from "node:stream";
import { Opcode } from "../../constants.ts";
import { FrameParser } from "../../frame-parser.ts";
import { encodeFrame } from "../../frame.ts";
import { checkRequest } from "../../handshake.ts";

// What the mistakes of this step share, so that each of them shows its fault and little else.
// Nothing is wrong in here: it answers each frame as the step's Connection does.

/** Answers a frame that has come whole. */
export type Answer = (socket: Duplex, opcode: number, payload: Buffer) => void;

/** The server of this step, with another idea of how to answer a frame. */
export function serve(answer: Answer): void {
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
    let parts: Buffer[] = [];
    const sink = {
      onHeader: () => void (parts = []),
      onPayload: (_header: unknown, part: Buffer) => void parts.push(part),
      onFrameEnd: ({ opcode }: { opcode: number }) => answer(socket, opcode, Buffer.concat(parts)),
    };
    socket.on("data", (chunk) => parser.push(chunk, sink));
    socket.on("end", () => socket.end());
    parser.push(head, sink);
  });

  server.listen(port, () => {
    console.log(`Listening on port ${port}`);
  });
}

/** The right answer to each frame. */
export const answerRightly: Answer = (socket, opcode, payload) => {
  switch (opcode) {
    case Opcode.Text:
    case Opcode.Binary:
      socket.write(encodeFrame(opcode, payload));
      break;
    case Opcode.Ping:
      socket.write(encodeFrame(Opcode.Pong, payload));
      break;
    case Opcode.Close:
      socket.write(encodeFrame(Opcode.Close, payload.subarray(0, 2)));
      socket.end();
      break;
  }
};
