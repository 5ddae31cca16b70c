import type { Scenario } from "../../scripts/browsers/scenario.ts";

const NEW = 'new WebSocket("ws://localhost:8000")';
const SEND = 'send("Websockets are great")';

const scenarios: Scenario[] = [
  {
    name: "an emoji comes back, and so does a mark that is not to be seen",
    async run(stage) {
      const server = await stage.server("server.ts", { env: { ALLOWED_ORIGINS: stage.site.origin } });
      const page = await stage.open(server);
      await page.expectState("OPEN");
      for (const text of ["Hi 👋", "\ufeffκόσμε", "👨‍👩‍👧"]) {
        await page.fill("Message", text);
        await page.press("Send");
        await server.printed(`Received text, ${Buffer.byteLength(text)} bytes: ${text}`);
      }
      await page.expectLog([
        NEW,
        "open",
        'send("Hi 👋")',
        'message  data: "Hi 👋"',
        'send("\ufeffκόσμε")',
        'message  data: "\ufeffκόσμε"',
        'send("👨‍👩‍👧")',
        'message  data: "👨‍👩‍👧"',
      ]);
      await page.expectState("OPEN");
    },
  },
  {
    name: "bytes that are no text may come as binary",
    async run(stage) {
      const server = await stage.server("server.ts", { env: { ALLOWED_ORIGINS: stage.site.origin } });
      const page = await stage.open(server);
      await page.expectState("OPEN");
      await page.press("Send 3 bytes");
      const send = "send(Uint8Array.of(0, 128, 255))";
      await page.expectLog([NEW, "open", send, "message  data: 0,128,255"]);
      await page.expectState("OPEN");
    },
  },
  {
    name: "the browser fails a connection on which a text is not UTF-8",
    async run(stage) {
      const page = await stage.open(await stage.server("exercises/send-bad-text.ts"));
      await page.expectState("OPEN");
      await page.press("Send");
      await page.expectLog([NEW, "open", SEND, "error", 'close  code: 1006  reason: ""  wasClean: false']);
      await page.expectState("CLOSED");
      if (stage.browserName !== "Chromium") return;
      await page.expectWords(/Could not decode a text frame as UTF-8/);
      stage.assertLessonQuotes("Could not decode a text frame as UTF-8.");
    },
  },
];

export default scenarios;
