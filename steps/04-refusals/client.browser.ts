import assert from "node:assert/strict";
import type { Scenario, Source, Stage } from "../../scripts/browsers/scenario.ts";

const NEW = 'new WebSocket("ws://localhost:8000")';
const SEND = 'send("Websockets are great")';
const CLOSE_1006 = 'close  code: 1006  reason: ""  wasClean: false';

/** The server of the step, for which the test site's first port is what port 3000 is to a reader. */
function serverForSite(stage: Stage) {
  return stage.server("server.ts", { env: { ALLOWED_ORIGINS: stage.site.origin } });
}

async function expectRefusal(stage: Stage, source: Source, origin: string): Promise<void> {
  const server = await serverForSite(stage);
  const page = await stage.open(server, source);
  await server.printed("Refused with 403");
  await page.expectState("CLOSED");
  await page.expectLog([NEW, "error", CLOSE_1006]);
  const sentence = { Chromium: /403/, Firefox: /can’t establish a connection/ };
  await page.expectWords(sentence[stage.browserName]);
  assert.equal(await page.text("origin"), origin);
  assert.ok(await page.isDisabled("Send"), "Send can be pressed in CLOSED");
}

const scenarios: Scenario[] = [
  {
    name: "lets a page of an allowed origin in",
    async run(stage) {
      const server = await serverForSite(stage);
      const page = await stage.open(server);
      await page.expectState("OPEN");
      assert.equal(await page.text("origin"), stage.site.origin);
      await page.press("Send");
      await server.printed(/Received 26 bytes\n  81 94 /);
      await page.expectLog([NEW, "open", SEND]);
      await page.expectState("OPEN");
    },
  },
  {
    name: "refuses the same page from another port",
    run: (stage) => expectRefusal(stage, "foreign", stage.site.foreignOrigin),
  },
  {
    name: "refuses a page from the file system",
    run: (stage) => expectRefusal(stage, "file", "null"),
  },
  {
    name: "shows the attack: the server of step 03 lets the foreign page in",
    async run(stage) {
      const server = await stage.server("server.ts", { step: "accept-key" });
      const page = await stage.open(server, "foreign");
      await page.expectState("OPEN");
      await page.press("Send");
      await server.printed("Received 26 bytes");
      await page.expectLog([NEW, "open", SEND]);
    },
  },
];

export default scenarios;
