// Mistake: It still answers in bare text, which no client can read as a frame.
// Caught by: does not answer in bare text
// Says: Nothing should come here, but bytes came.

import { createHash } from "node:crypto";
import http from "node:http";

const port = Number(process.env.PORT ?? 8000);
const server = http.createServer();

/** The fixed string of RFC 6455, section 1.3. */
const WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

server.on("upgrade", (request, socket) => {
  const key = request.headers["sec-websocket-key"];
  if (key === undefined) {
    socket.destroy();
    return;
  }

  console.log("Upgrading to WebSocket protocol");
  const accept = createHash("sha1").update(key + WEBSOCKET_GUID).digest("base64");
  socket.write(
    "HTTP/1.1 101 Switching Protocols\r\n" +
      "Upgrade: websocket\r\n" +
      "Connection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${accept}\r\n` +
      "\r\n",
  );

  socket.on("data", (chunk) => {
    console.log(`Received ${chunk.length} bytes`);
    socket.write("Hi, from the server!");
    const bytes = [...chunk];
    console.log(bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(" "));
    console.log(bytes.map((byte) => byte.toString(2).padStart(8, "0")).join(" "));
  });

  socket.on("end", () => {
    socket.end();
  });
});

server.listen(port, () => {
  console.log(`Listening on port ${port}`);
});
