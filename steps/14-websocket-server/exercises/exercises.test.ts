import {
  checksOf,
  expectAccepted,
  expectFrame,
  expectRefused,
  frame,
  OP,
  readFrame,
  type RawClient,
} from "../../../scripts/checks/index.ts";

const chat = checksOf(new URL("chat.ts", import.meta.url));

chat("exercise 1: everyone gets everything, and hears who comes and goes", { proves: ["C1"] }, async (server) => {
  const first = await server.open();
  await expectFrame(first, OP.text, "1 here");
  const second = await server.open();
  for (const client of [first, second]) await expectFrame(client, OP.text, "2 here");
  second.send(frame(OP.text, "hello"));
  for (const client of [first, second]) await expectFrame(client, OP.text, "hello");
  await second.reset();
  await expectFrame(first, OP.text, "1 here");
});

const token = checksOf(new URL("token.ts", import.meta.url));

token("exercise 2: the right token opens", { proves: ["R8"] }, async (server) => {
  const client = await server.open({ path: "/?token=open%20sesame" });
  await expectFrame(client, OP.text, "Come in");
});

for (const path of ["/", "/?token=", "/?token=open", "/?Token=open%20sesame", "//?token=x", "/\\?token=x"]) {
  token(`exercise 2: ${path} gets 401`, { proves: ["R8"] }, async (server) => {
    await expectRefused(await server.request({ path }), 401, "the token is missing or wrong");
  });
}

token("exercise 2: a foreign page gets 403, whatever it knows", { proves: ["R8"] }, async (server) => {
  const headers = { Origin: "http://evil.example" };
  await expectRefused(await server.request({ path: "/?token=open%20sesame", headers }), 403, "the origin is foreign");
});

const twoServers = checksOf(new URL("two-servers.ts", import.meta.url));

twoServers("exercise 3: two WebSockets and a page on one port", { proves: ["R8"] }, async (server) => {
  const echo = await server.open({ path: "/echo?a=b" });
  echo.send(frame(OP.text, "hello"));
  await expectFrame(echo, OP.text, "hello");

  await expectTime(await server.open({ path: "/clock" }));
  await expectRefused(await server.request({ path: "/" }), 404, "there is nobody at home");
  const page = await server.request({ headers: { Upgrade: null, Connection: null } });
  const response = await page.readResponse();
  if (response.status !== 200) throw page.failure(`Expected status 200, but the response has ${response.status}.`);
  await expectAccepted(await server.request({ path: "/echo" }));
});

async function expectTime(client: RawClient): Promise<void> {
  const { payload } = await readFrame(client);
  if (!/^\d{4}-\d\d-\d\dT/.test(payload.toString())) throw client.failure("Expected a time.");
}
