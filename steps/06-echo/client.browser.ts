import assert from "node:assert/strict";
import type { Scenario, Stage } from "../../scripts/browsers/scenario.ts";

const NEW = 'new WebSocket("ws://localhost:8000")';
const SEND = 'send("Websockets are great")';
const MESSAGE = 'message  data: "Websockets are great"';
const CLOSE_1006 = 'close  code: 1006  reason: ""  wasClean: false';

function startServer(stage: Stage, program = "server.ts") {
  return stage.server(program, { env: { ALLOWED_ORIGINS: stage.site.origin } });
}

const scenarios: Scenario[] = [
  {
    name: "gets its message back",
    async run(stage) {
      const page = await stage.open(await startServer(stage));
      await page.expectState("OPEN");
      await page.press("Send");
      await page.expectLog([NEW, "open", SEND, MESSAGE]);
      await page.expectState("OPEN");
    },
  },
  {
    name: "gets text of several alphabets back",
    async run(stage) {
      const page = await stage.open(await startServer(stage));
      await page.fill("Message", "Grüße, 世界 👋");
      await page.press("Send");
      const first = [NEW, "open", 'send("Grüße, 世界 👋")', 'message  data: "Grüße, 世界 👋"'];
      await page.expectLog(first);
      await page.fill("Message", "x");
      await page.press("Send");
      await page.expectLog([...first, 'send("x")', 'message  data: "x"']);
    },
  },
  {
    name: "gets nothing back for 126 letters",
    async run(stage) {
      const server = await startServer(stage);
      const page = await stage.open(server);
      const text = "x".repeat(126);
      await page.fill("Message", text);
      await page.press("Send");
      await server.printed("These 134 bytes are no whole frame");
      await page.expectLog([NEW, "open", `send("${text}")`]);
      await page.expectState("OPEN");
    },
  },
  {
    name: "another page does not hear of it",
    async run(stage) {
      const server = await startServer(stage);
      const other = await stage.open(server);
      await other.expectLog([NEW, "open"]);
      // A browser draws only the page in front, the one that was opened last: this one can be clicked.
      const one = await stage.open(server);
      await one.press("Send");
      await one.expectLog([NEW, "open", SEND, MESSAGE]);
      assert.deepEqual((await other.look()).log, [NEW, "open"]);
    },
  },
  {
    name: "without FIN nothing comes, and the second message ends the connection",
    async run(stage) {
      const page = await stage.open(await startServer(stage, "exercises/no-fin.ts"));
      await page.expectState("OPEN");
      await page.press("Send");
      await page.expectState("OPEN");
      await page.press("Send");
      await page.expectLog([NEW, "open", SEND, SEND, "error", CLOSE_1006]);
      if (stage.browserName === "Chromium") {
        await page.expectWords(/Received start of new message but previous message is unfinished\.$/);
        stage.assertLessonQuotes("Received start of new message but previous message is unfinished.");
      }
    },
  },
];

export default scenarios;
