import { Client } from "./client.ts";
import { within } from "./load.ts";
import { ServerProcess, type Subject } from "./server-process.ts";

/** Whether the server accepts an offer of permessage-deflate. */
export async function negotiatesDeflate(subject: Subject): Promise<boolean> {
  const server = await ServerProcess.start(subject);
  try {
    const client = new Client({ port: server.port, extensions: "permessage-deflate" });
    await within(client.opened);
    client.socket.destroy();
    return client.deflates;
  } finally {
    await server.stop();
  }
}
