import { Opcode } from "../constants.ts";
import { connect } from "./lib/client.ts";

// Two things that no client may send. What does the server make of them?

const client = await connect();
client.listen(
  ({ opcode }, payload) => console.log(`Received opcode ${opcode}: ${payload}`),
  () => console.log("The server has hung up"),
);

// A continuation, and nothing that it continues.
client.send(Opcode.Continuation, Buffer.from("of what?"));

// A message that begins inside another one.
client.send(Opcode.Text, Buffer.from("first, "), false);
client.send(Opcode.Binary, Buffer.from("second"));

client.send(Opcode.Close, Buffer.alloc(0));
