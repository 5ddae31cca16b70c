// Mistake: The key is hashed alone, without the string of the RFC behind it.
// Caught by: answers the RFC's sample key with the RFC's accept value
// Says: The response says Sec-WebSocket-Accept: hHLtf2V1k8aDQZfNjw3Ia1hCwt0=. Expected Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=.

import { createHash } from "node:crypto";
import http from "node:http";

const port = Number(process.env.PORT ?? 8000);
const server = http.createServer();

server.on("upgrade", (request, socket) => {
  const key = request.headers["sec-websocket-key"];
  if (key === undefined) {
    socket.destroy();
    return;
  }

  console.log("Upgrading to WebSocket protocol");
  const accept = createHash("sha1").update(key).digest("base64");
  socket.write(
    "HTTP/1.1 101 Switching Protocols\r\n" +
      "Upgrade: websocket\r\n" +
      "Connection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${accept}\r\n` +
      "\r\n",
  );

  socket.on("data", (chunk) => {
    console.log(`Received ${chunk.length} bytes`);
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
