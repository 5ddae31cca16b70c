import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { startLab } from "../lab/server.ts";
import { freePort } from "../lib/ports.ts";
import { scratchFolder } from "../lib/scratch.ts";
import { stepsFolder } from "../lib/steps.ts";
import { LabPage } from "./lab-page.ts";
import { isMissing, startVisit } from "./visit.ts";

test("lesson and front page show the practice, live; without a lab, nothing", { skip: isMissing("Chromium"), timeout: 60_000 }, async (t) => {
  const { site, browser, end } = await startVisit("Chromium");
  t.after(end);

  const lesson = await LabPage.open(browser, `${site.origin}/steps/echo/index.html`);
  await lesson.says("The lab is not running.");
  const sentence = `(document.querySelector(".practice")?.offsetParent ? document.querySelector(".practice p").textContent : "")`;
  assert.equal(await lesson.page.evaluate(sentence), "");

  const practiceFolder = scratchFolder({ "progress.json": JSON.stringify({ version: 1, done: { "accept-key": "2026-01-02" } }) });
  const lab = await startLab({ stepsFolder, sitePort: Number(new URL(site.origin).port), tapPort: await freePort(), practiceFolder });
  t.after(() => lab.close());
  writeFileSync(join(site.folder, "lab.json"), JSON.stringify({ port: lab.port, site: site.origin }));
  const front = await LabPage.open(browser, `${site.origin}/index.html`);
  await front.until(
    `document.querySelector(".practice-note")?.textContent === "1 of " + document.querySelectorAll("[data-slug]").length + " passed in your practice."`,
    "the steps that were passed",
  );
  assert.equal(await front.page.evaluate(`document.querySelector('[data-slug="accept-key"] .practice-mark').textContent`), " ✔ passed");

  const verdict = (states: string[], rest: object) =>
    writeFileSync(
      join(practiceFolder, "state.json"),
      JSON.stringify({ version: 1, pid: process.pid, step: { number: 6, slug: "echo" }, checks: states.map((state) => ({ title: "", state })), ...rest }),
    );
  verdict(["passed", "failed", "open"], { phase: "failing", failing: { title: "one", message: "<b>Expected</b> this.", details: "We sent:" } });
  await lesson.page.bringToFront();
  await lesson.until(`${sentence} === "Your practice: 1 of 3 checks passes. First to fail: “one”."`, "the failing check");
  const marks = `[...document.querySelectorAll("section.checks li")].map((item) => item.querySelector(".practice-mark")?.textContent ?? "").join("")`;
  assert.equal(await lesson.page.evaluate(marks), "✔ ✖ ");
  // What a program sends is text, never markup.
  assert.equal(await lesson.page.evaluate(`document.querySelector(".practice summary").textContent`), "<b>Expected</b> this.");
  verdict(["passed", "passed", "passed"], { phase: "passed" });
  await lesson.until(`${sentence} === "Your practice: 3 of 3 checks pass. This step is passed."`, "the step to be passed");
  assert.equal(await lesson.page.evaluate(marks), "✔ ✔ ✔ ");

  await lab.close();
  writeFileSync(join(site.folder, "lab.json"), '{"port":null}');
  await lesson.until(`${sentence} === ""`, "nothing, without a lab");
  assert.deepEqual([...lesson.errors, ...front.errors], []);
});
