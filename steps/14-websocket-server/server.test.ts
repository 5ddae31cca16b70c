import {
  checksOf,
  expectAccepted,
  expectFrame,
  expectHeader,
  expectRefused,
  frame,
  OP,
  type RequestOptions,
} from "../../scripts/checks/index.ts";

// The server of this step speaks two subprotocols: with `echo` a message comes back as it is, with
// `shout` a text comes back in capitals. Without a subprotocol it echoes, as before.

const check = checksOf(new URL("server.ts", import.meta.url));
const NAME = "Sec-WebSocket-Protocol";

const offering = (value: string | string[]): RequestOptions => ({ headers: { [NAME]: value } });

// Which subprotocol comes back: the offer, the answer, and why.
chooses("echo", "echo", "it is the only one");
chooses("shout", "shout", "it is the only one");
chooses("chat, superchat, shout", "shout", "the server does not speak the others");
chooses(["chat", "shout"], "shout", "two headers are one list");
chooses("chat ,\t shout", "shout", "blanks and tabs around a comma do not count");
chooses("!#$%&'*+-.^_`|~09AZaz, echo", "echo", "all of these may stand in a token");
chooses("ECHO, shout", "shout", "the case of letters counts in a subprotocol");
chooses(`${Array.from({ length: 1_000 }, (_, i) => `chat-${i}`)}, echo`, "echo", "a list may be long");

// Lists that must be refused: what is wrong, the value of the header, and why.
refused("a subprotocol with a blank in it", "echo shout", "a token has no blank in it, and a list has commas");
refused("a subprotocol that is no token", "echo, sh@ut", "@ may not stand in a token");
refused("a subprotocol in quotes", '"echo"', "a token has no quotes");
refused("a subprotocol with a parameter", "echo;v=1", "a semicolon may not stand in a token");
refused("a subprotocol beyond ASCII", "echo, sch\u00f6n", "a token is ASCII");
refused("an empty list of subprotocols", "", "a list that is there has an element, and RFC 6455 wants each to be non-empty");
refused("a gap in the list of subprotocols", "echo,, shout", "RFC 6455 wants each element to be non-empty");
refused("a list of subprotocols that begins with a comma", ", echo", "RFC 6455 wants each element to be non-empty");
refused("a list of subprotocols that ends with a comma", "echo, shout,", "RFC 6455 wants each element to be non-empty");
refused("a subprotocol that is offered twice", "echo, shout, echo", "the elements are unique");
refused("a subprotocol that is offered twice, in two headers", ["echo", "shout, echo"], "two headers are one list");

check("answers two that it speaks with one of them", { proves: ["R9"] }, async (server) => {
  const client = await server.request(offering("echo, shout"));
  const response = await client.readResponse();
  const chosen = response.header(NAME);
  if (response.status === 101 && (chosen === "echo" || chosen === "shout")) return;
  throw client.failure(`Expected status 101 and one of the two subprotocols, but got ${response.status} and ${chosen}.`);
});

for (const list of ["chat", "chat, superchat", "ECHO"]) {
  check(`accepts ${list}, but answers without a subprotocol`, { proves: ["R9"] }, async (server) => {
    const client = await server.request(offering(list));
    const response = await client.readResponse();
    if (response.status !== 101) throw client.failure(`Expected status 101, but the response has ${response.status}.`);
    const chosen = response.header(NAME);
    if (chosen === undefined) return;
    throw client.failure(`The response says ${NAME}: ${chosen}. The server does not speak what was offered, so it must leave the header out.`);
  });
}

check("speaks the subprotocol that it has chosen", { proves: ["R9"] }, async (server) => {
  for (const [protocol, answer] of [["shout", "HI! ÄÖ"], ["echo", "Hi! äö"]] as const) {
    const client = await server.open(offering(protocol));
    client.send(frame(OP.text, "Hi! äö"));
    await expectFrame(client, OP.text, answer);
    client.send(frame(OP.binary, Uint8Array.of(0x61, 0xff)));
    await expectFrame(client, OP.binary, Uint8Array.of(0x61, 0xff));
  }
});

check("answers at once to lists that make regular expressions slow", { proves: ["S12"] }, async (server) => {
  // Each looks like a list nearly up to its end. Whoever tries again from every comma or blank never ends.
  const lists = [
    `${"a,".repeat(5_000)}@`,
    `${"a ".repeat(5_000)}@`,
    `a${" ".repeat(10_000)}@`,
    `${"a".repeat(10_000)}@`,
    `${"a, ".repeat(3_000)}"`,
    `a${"\t ".repeat(5_000)},`,
  ];
  for (const list of lists) await expectRefused(await server.request(offering(list)), 400, "it is no list of tokens");
  await expectAccepted(await server.request());
});

function refused(what: string, list: string | string[], why: string): void {
  check(`refuses ${what} with 400`, { proves: ["R9"] }, async (server) => {
    await expectRefused(await server.request(offering(list)), 400, why);
    // A refusal must not cost anyone else the connection.
    await expectAccepted(await server.request());
  });
}

function chooses(list: string | string[], expected: string, why: string): void {
  const shown = [list].flat().join(" and ");
  const title = shown.length > 60 ? "a long list" : shown.replaceAll("\t", "\\t");
  check(`chooses ${expected} from: ${title}`, { proves: ["R9"] }, async (server) => {
    const client = await server.request(offering(list));
    const response = await client.readResponse(`a response that names ${expected} (${why})`);
    if (response.status !== 101) throw client.failure(`Expected status 101, but the response has ${response.status}.`);
    expectHeader(client, response, { name: NAME, value: expected });
  });
}
