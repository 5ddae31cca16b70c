// A client that breaks a rule, and prints the close code that comes back:
//   npx tsx steps/11-protocol-errors/exercises/violate.ts unmasked
// Without a name it goes through the whole table.

import { randomBytes } from "node:crypto";
import http from "node:http";
import type { Duplex } from "node:stream";

// The mask is four zeros, which is allowed and leaves each payload as it is.
const VIOLATIONS: Record<string, string> = {
  "rsv1": "c1 80 00 00 00 00",
  "rsv3": "91 80 00 00 00 00",
  "opcode-3": "83 80 00 00 00 00",
  "opcode-11": "8b 80 00 00 00 00",
  "unmasked": "81 02 68 69",
  "2-in-16-bits": "81 fe 00 02 00 00 00 00 68 69",
  "126-in-64-bits": "81 ff 00 00 00 00 00 00 00 7e 00 00 00 00",
  "top-bit": "81 ff 80 00 00 00 00 00 00 00 00 00 00 00",
  "long-ping": "89 fe 00 7e 00 00 00 00",
  "fragmented-ping": "09 80 00 00 00 00",
  "continuation": "80 80 00 00 00 00",
  "text-in-text": "01 81 00 00 00 00 68 81 81 00 00 00 00 69",
  "1-mib-and-1": "82 ff 00 00 00 00 00 10 00 01 00 00 00 00",
  "terabyte": "82 ff 00 00 01 00 00 00 00 00 00 00 00 00",
};

/** How long the server may be silent, in milliseconds. */
const PATIENCE = 2_000;

const port = Number(process.env.PORT ?? 8000);
const [wanted] = process.argv.slice(2);

if (wanted !== undefined && VIOLATIONS[wanted] === undefined) {
  console.log(`There is no violation "${wanted}". There are: ${Object.keys(VIOLATIONS).join(", ")}.`);
  process.exitCode = 1;
} else {
  for (const [name, bytes] of Object.entries(VIOLATIONS)) {
    if (wanted !== undefined && wanted !== name) continue;
    console.log(`${name.padEnd(15)} ${bytes.padEnd(41)} -> ${await violate(bytes)}`);
  }
}

/** Sends the bytes on a connection of their own, and tells what came back. */
async function violate(bytes: string): Promise<string> {
  const socket = await open();
  socket.write(Buffer.from(bytes.replaceAll(" ", ""), "hex"));
  const answer = await readToEnd(socket);
  if (answer[0] !== 0x88) return answer.length === 0 ? "nothing" : `${answer.toString("hex")}, no Close frame`;
  return answer.length < 4 ? "a Close frame without a code" : `${answer.readUInt16BE(2)}`;
}

function open(): Promise<Duplex> {
  const headers = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Key": randomBytes(16).toString("base64"),
    "Sec-WebSocket-Version": "13",
  };
  return new Promise((resolve, reject) => {
    const request = http.get({ host: "localhost", port, headers });
    request.on("upgrade", (_response, socket) => resolve(socket));
    request.on("response", (response) => reject(new Error(`The server said ${response.statusCode}.`)));
    request.on("error", reject);
  });
}

/** All that the server sends until it ends the connection, or until we lose patience. */
function readToEnd(socket: Duplex): Promise<Buffer> {
  const chunks: Buffer[] = [];
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => socket.destroy(), PATIENCE);
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("end", () => socket.end());
    socket.on("error", reject);
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks));
    });
  });
}
