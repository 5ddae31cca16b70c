import assert from "node:assert/strict";
import type { Scenario, ServerOptions, Stage } from "../../scripts/browsers/scenario.ts";

const NEW = 'new WebSocket("ws://localhost:8000")';
const SEND = 'send("Websockets are great")';
const ECHO = 'message  data: "Websockets are great"';
const CLOSE = 'close(1000, "bye")';
const CLOSE_1000 = 'close  code: 1000  reason: ""  wasClean: true';

/** A server that lets the test site's pages in, as it does those of port 3000 for a reader. */
function serverForSite(stage: Stage, program = "server.ts", options: ServerOptions = {}) {
  return stage.server(program, { ...options, env: { ALLOWED_ORIGINS: stage.site.origin } });
}

const scenarios: Scenario[] = [
  {
    name: "sends bytes, gets bytes, and closes cleanly",
    async run(stage) {
      const server = await serverForSite(stage);
      const page = await stage.open(server);
      await page.expectState("OPEN");
      await page.press("Send 3 bytes");
      await server.printed("Received binary, 3 bytes\n");
      const echoed = [NEW, "open", "send(Uint8Array.of(0, 128, 255))", "message  data: 0,128,255"];
      await page.expectLog(echoed);

      await page.press("Close");
      await page.expectLog([...echoed, CLOSE, CLOSE_1000]);
      await page.expectState("CLOSED");
      for (const button of ["Send", "Send 3 bytes", "Close"]) {
        assert.ok(await page.isDisabled(button), `${button} can be pressed in CLOSED`);
      }
    },
  },
  {
    name: "gets its text back",
    async run(stage) {
      const page = await stage.open(await serverForSite(stage));
      await page.expectState("OPEN");
      await page.press("Send");
      await page.expectLog([NEW, "open", SEND, ECHO]);
    },
  },
  {
    name: "connects again after a clean close",
    async run(stage) {
      const page = await stage.open(await serverForSite(stage));
      await page.expectState("OPEN");
      await page.press("Close");
      await page.expectLog([NEW, "open", CLOSE, CLOSE_1000]);
      await page.press("Connect again");
      await page.expectLog([NEW, "open", CLOSE, CLOSE_1000, NEW, "open"]);
      await page.expectState("OPEN");
    },
  },
  {
    name: "waits in CLOSING for a server that does not answer a close frame",
    async run(stage) {
      const server = await serverForSite(stage, "server.ts", { step: "byte-stream" });
      const page = await stage.open(server);
      await page.expectState("OPEN");
      await page.press("Close");
      await server.printed("Received a frame with opcode 8, 5 bytes");
      await page.expectState("CLOSING");
      await page.expectLog([NEW, "open", CLOSE]);
    },
  },
  {
    name: "exercise 1: answers pings without a word",
    async run(stage) {
      const server = await serverForSite(stage, "exercises/ping-the-page.ts");
      const page = await stage.open(server);
      await server.printed("Pong: ping 2\n");
      await page.expectLog([NEW, "open"]);
      await page.expectState("OPEN");
    },
  },
  {
    name: "exercise 2: the server closes first, with a code of its own",
    async run(stage) {
      const page = await stage.open(await serverForSite(stage, "exercises/close-first.ts"));
      const closed = 'close  code: 4000  reason: "tea time"  wasClean: true';
      await page.expectLog([NEW, "open", closed]);
      await page.expectState("CLOSED");
      stage.assertLessonQuotes(closed);
    },
  },
];

export default scenarios;
