import assert from "node:assert/strict";
import type { Scenario, Source, Stage } from "../../scripts/browsers/scenario.ts";

const NEW = 'new WebSocket("ws://localhost:8000")';
const SEND = 'send("Websockets are great")';
const CLOSE_1006 = 'close  code: 1006  reason: ""  wasClean: false';

async function expectOpen(stage: Stage, source: Source) {
  const server = await stage.server();
  const page = await stage.open(server, source);
  await page.expectLog([NEW, "open"]);

  await page.press("Send");
  await server.printed(/Received 26 bytes\n  81 94 /);
  await page.press("Send");
  await server.printed(/(?:Received 26 bytes\n  81 94 [^]*){2}/);
  await page.expectLog([NEW, "open", SEND, SEND]);
  await page.expectState("OPEN");
  return { server, page };
}

const scenarios: Scenario[] = [
  {
    name: "opens and stays open after sending, also as a page from the file system",
    async run(stage) {
      await expectOpen(stage, "file");
    },
  },
  {
    name: "sends what is typed, and connects again",
    async run(stage) {
      const server = await stage.server();
      const page = await stage.open(server);
      await page.expectState("OPEN");
      await page.fill("Message", "Hi");
      await page.press("Send");
      await server.printed(/Received 8 bytes\n  81 82 /);
      await page.press("Connect again");
      await page.expectLog([NEW, "open", 'send("Hi")', NEW, "open"]);
      await page.expectState("OPEN");
    },
  },
  {
    name: "opens and stays open after sending, until the server is stopped",
    async run(stage) {
      const { server, page } = await expectOpen(stage, "site");
      await server.stop();
      await page.expectState("CLOSED");
      // No error here: an open connection that is lost is not one that fails.
      await page.expectLog([NEW, "open", SEND, SEND, CLOSE_1006]);
      assert.ok(await page.isDisabled("Send"), "Send can be pressed in CLOSED");
    },
  },
  {
    name: "cannot send before the connection is open",
    async run(stage) {
      const server = await stage.server("server.ts", { step: "upgrade-listener" });
      const page = await stage.open(server);
      await server.printed("Upgrading to WebSocket protocol");
      await page.expectState("CONNECTING");
      assert.ok(await page.isDisabled("Send"), "Send can be pressed in CONNECTING");
    },
  },
  {
    name: "bare text is no frame",
    async run(stage) {
      const server = await stage.server("exercises/bare-text.ts");
      const page = await stage.open(server);
      await page.expectLog([NEW, "open"]);
      // Firefox takes the text for the beginning of a frame of 105 bytes, and each answer has 20.
      const sends = stage.browserName === "Chromium" ? 1 : 6;
      for (let count = 1; count <= sends; count++) {
        await page.press("Send");
        // One at a time: what is sent together gets one answer.
        await server.printed(new RegExp(`(?:Received: [^]*){${count}}`));
      }
      const sent = Array<string>(sends).fill(SEND);
      await page.expectLog([NEW, "open", ...sent, "error", CLOSE_1006]);
      await page.expectState("CLOSED");
      const sentence = { Chromium: /Invalid frame header/, Firefox: /was interrupted while/ };
      stage.assertLessonQuotes(await page.expectWords(sentence[stage.browserName]));
    },
  },
  {
    name: "a frame that comes back masked: Chromium fails the connection, Firefox takes it",
    async run(stage) {
      const page = await stage.open(await stage.server("exercises/send-back.ts"));
      await page.expectState("OPEN");
      await page.press("Send");
      if (stage.browserName === "Firefox") {
        await page.expectLog([NEW, "open", SEND, 'message  data: "Websockets are great"']);
        await page.expectState("OPEN");
        return;
      }
      await page.expectLog([NEW, "open", SEND, "error", CLOSE_1006]);
      await page.expectState("CLOSED");
      const words = await page.expectWords(/mask/);
      assert.match(words, /failed: A server must not mask any frames that it sends to the client\.$/);
      stage.assertLessonQuotes("A server must not mask any frames that it sends to the client.");
    },
  },
];

export default scenarios;
