import type { Scenario } from "../../scripts/browsers/scenario.ts";

const NEW = 'new WebSocket("ws://localhost:8000", ["chat","shout"])';
const OPEN = 'open  protocol: "shout"';

const scenarios: Scenario[] = [
  {
    name: "the server becomes a client of itself, and passes on what both say",
    async run(stage) {
      const server = await stage.server("server.ts", { env: { ALLOWED_ORIGINS: stage.site.origin } });
      const page = await stage.open(server);
      await page.expectState("OPEN");
      await page.fill("Message", `connect 127.0.0.1:${server.port}`);
      await page.press("Send");
      const log = [NEW, OPEN, 'send("connect 127.0.0.1:8000")', 'message  data: "open"'];
      await page.expectLog(log);
      await page.fill("Message", "Websockets are great");
      await page.press("Send");
      log.push('send("Websockets are great")', 'message  data: "message Websockets are great"');
      await page.expectLog(log);
      await page.press("Send 3 bytes");
      log.push("send(Uint8Array.of(0, 128, 255))", "message  data: 0,128,255");
      await page.expectLog(log);
      await page.fill("Message", "close 4001 bye");
      await page.press("Send");
      await page.expectLog([...log, 'send("close 4001 bye")', 'message  data: "close 4001 bye"']);
      // Only the connection between the two ends of the server has ended.
      await page.expectState("OPEN");
    },
  },
  {
    name: "a connection that nobody accepts is reported",
    async run(stage) {
      const server = await stage.server("server.ts", { env: { ALLOWED_ORIGINS: stage.site.origin } });
      const page = await stage.open(server);
      await page.expectState("OPEN");
      // The discard port: browsers would not even try.
      await page.fill("Message", "connect 127.0.0.1:9");
      await page.press("Send");
      await page.expectLog([
        NEW,
        OPEN,
        'send("connect 127.0.0.1:9")',
        'message  data: "error connect ECONNREFUSED 127.0.0.1:9"',
        'message  data: "close 1006"',
      ]);
    },
  },
  {
    name: "leaving the page ends what the server has opened for it",
    async run(stage) {
      const server = await stage.server("server.ts", { env: { ALLOWED_ORIGINS: stage.site.origin } });
      const page = await stage.open(server);
      await page.expectState("OPEN");
      await page.fill("Message", `connect 127.0.0.1:${server.port}`);
      await page.press("Send");
      await page.expectLog([NEW, OPEN, 'send("connect 127.0.0.1:8000")', 'message  data: "open"']);
      await stage.clear();
      // The page's, and then the server's own as its client.
      await server.printed(/Closed with 1001 [^]*Closed with 1001 /);
    },
  },
];

export default scenarios;
