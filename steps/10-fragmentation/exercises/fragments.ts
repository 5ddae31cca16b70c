import { Opcode } from "../constants.ts";
import { connect } from "./lib/client.ts";

// A message in three fragments, and a ping in between, by hand: no browser lets a page do this.

const client = await connect();
client.listen(
  ({ fin, opcode }, payload) => {
    console.log(`Received fin ${Number(fin)}, opcode ${opcode}: "${payload}"`);
    if (opcode === Opcode.Pong) sendTheRest();
    if (opcode === Opcode.Text) send(true, Opcode.Close, "");
  },
  () => console.log("The server has hung up"),
);

send(false, Opcode.Text, "Web");
send(true, Opcode.Ping, "in between");

function sendTheRest(): void {
  send(false, Opcode.Continuation, "sock");
  send(true, Opcode.Continuation, "ets");
}

function send(fin: boolean, opcode: number, text: string): void {
  client.send(opcode, Buffer.from(text), fin);
  console.log(`Sent     fin ${Number(fin)}, opcode ${opcode}: "${text}"`);
}
