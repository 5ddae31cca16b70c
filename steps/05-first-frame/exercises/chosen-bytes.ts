// What must a page send so that `wanted` stands on the wire, if it knows the key beforehand?
const key = Buffer.from("dadd6804", "hex");
const wanted = Buffer.from("GET /news HTTP/1.1\r\n");

const payload = xor(wanted);
console.log(`The page sends ${payload.toString("hex")}`);
console.log(`On the wire stands ${JSON.stringify(xor(payload).toString())}`);

function xor(bytes: Buffer): Buffer {
  return Buffer.from(bytes.map((byte, i) => byte ^ key.readUInt8(i % 4)));
}
