import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { freePort } from "../lib/ports.ts";
import { stepsFolder } from "../lib/steps.ts";
import { startLab } from "../lab/server.ts";
import { isMissing, startVisit } from "./visit.ts";

test("a foreign page gets no word with the lab, not by way of our own client pages either", { skip: isMissing("Chromium"), timeout: 60_000 }, async (t) => {
  const { site, browser, end } = await startVisit("Chromium");
  t.after(end);
  const lab = await startLab({ stepsFolder, sitePort: Number(new URL(site.origin).port), tapPort: await freePort() });
  t.after(() => lab.close());

  const client = `${site.origin}/steps/echo/client.html?server=ws://localhost:${lab.port}/`;
  const foreign = createServer((_request, response) => {
    response.writeHead(200, { "Content-Type": "text/html" }).end(`<iframe src="${client}"></iframe>`);
  });
  foreign.listen(0, "127.0.0.1");
  t.after(() => foreign.close());
  await new Promise((resolve) => foreign.once("listening", resolve));

  // Our own page opens, and is refused.
  const own = await browser.newPage();
  await own.goto(client);
  await own.waitForFunction(`document.querySelector("#state").textContent === "CLOSED"`);
  assert.doesNotMatch((await own.evaluate("document.body.innerText")) as string, /hello|OPEN/);

  // In a foreign page's frame it does not even open.
  const page = await browser.newPage();
  await page.goto(`http://localhost:${(foreign.address() as AddressInfo).port}/`);
  const frame = page.frames().find((one) => one !== page.mainFrame());
  assert.ok(frame);
  assert.equal(await frame.evaluate(`document.querySelector("#state")`), null);
});
