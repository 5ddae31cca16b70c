import assert from "node:assert/strict";
import type { Scenario, Source, Stage } from "../../scripts/browsers/scenario.ts";

const NEW = 'new WebSocket("ws://localhost:8000")';
const CLOSE_1006 = 'close  code: 1006  reason: ""  wasClean: false';

async function expectWaiting(stage: Stage, source: Source) {
  const server = await stage.server();
  const page = await stage.open(server, source);
  await server.printed("Upgrading to WebSocket protocol");
  const { state, log } = await page.look();
  assert.deepEqual({ state, log }, { state: "CONNECTING", log: [NEW] });
  return { server, page };
}

const scenarios: Scenario[] = [
  {
    name: "waits in CONNECTING, and connects again at the press of a button (page from the file system)",
    async run(stage) {
      const { server, page } = await expectWaiting(stage, "file");
      await page.press("Connect again");
      await server.printed(/(?:Upgrading to WebSocket protocol[^]*){2}/);
      await page.expectLog([NEW, NEW]);
      await page.expectState("CONNECTING");
    },
  },
  {
    name: "waits in CONNECTING until the server is stopped",
    async run(stage) {
      const { server, page } = await expectWaiting(stage, "site");
      await server.stop();
      await page.expectState("CLOSED");
      await page.expectLog([NEW, "error", CLOSE_1006]);
    },
  },
];

export default scenarios;
