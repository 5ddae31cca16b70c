import { Opcode } from "../constants.ts";
import { connect } from "./lib/client.ts";

// What a page cannot do: send a ping. Then a close frame, with a code and a reason.

const client = await connect();
client.listen(
  (header, payload) => {
    console.log(`Received opcode ${header.opcode}: ${payload.toString("hex")}`);
    if (header.opcode === Opcode.Pong) close();
  },
  () => console.log("The server has hung up"),
);

const payload = Buffer.from("hello");
client.send(Opcode.Ping, payload);
console.log(`Sent     opcode ${Opcode.Ping}: ${payload.toString("hex")}`);

function close(): void {
  const body = Buffer.concat([Buffer.from([1000 >> 8, 1000 & 0xff]), Buffer.from("bye")]);
  client.send(Opcode.Close, body);
  console.log(`Sent     opcode ${Opcode.Close}: ${body.toString("hex")}`);
}
