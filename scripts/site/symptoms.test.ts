import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { slugify } from "../lessons/lesson.ts";
import { listSteps } from "../lib/steps.ts";
import { symptoms } from "./symptom-list.ts";
import { searchSymptoms } from "./symptoms-match.ts";
import { renderSymptoms } from "./symptoms.ts";

const steps = listSteps();

/** The ids of what a message leads to, the best first. */
const find = (message: string): string[] => searchSymptoms(symptoms, message).exact;

describe("the list of symptoms", () => {
  test("has distinct ids, and a cause and a message for each", () => {
    const ids = symptoms.map(({ id }) => id);
    assert.deepEqual(ids, [...new Set(ids)]);
    for (const { id, cause, says } of symptoms) {
      assert.ok(cause.length > 20 && says.length > 0, id);
    }
  });

  test("leads to headings that exist", () => {
    for (const { id, step: slug, section } of symptoms) {
      const step = steps.find((each) => each.slug === slug);
      assert.ok(step, `${id} leads to the step ${slug}, which does not exist`);
      const lesson = readFileSync(join(step.folder, "README.md"), "utf8");
      const headings = [...lesson.matchAll(/^## (.*)$/gm)].map(([, heading = ""]) => heading);
      assert.ok(headings.includes(section), `${id} leads to "${section}" in ${step.name}, which has ${headings.join(", ")}`);
    }
  });

  test("is found by each of its own wordings", () => {
    for (const { id, says } of symptoms) {
      for (const { text } of says) {
        const message = text.replaceAll("<url>", "ws://localhost:8000/chat").replace(/<\w+>/g, "7");
        assert.ok(find(`client.html:12 ${message}\n    at new Page (page.js:7:1)`).includes(id), `${id}: ${message}`);
      }
    }
  });
});

describe("a pasted message", () => {
  for (const [message, first] of [
    ["WebSocket connection to 'ws://localhost:8000/' failed: Error during WebSocket handshake: Unexpected response code: 403", "status-403"],
    ["(index):31 WebSocket connection to 'ws://localhost:1006/' failed: Invalid frame header", "invalid-header"],
    ["invalid frame header", "invalid-header"],
    ["Firefox can't establish a connection to the server at wss://example.com/a?b=1006.", "refused"],
    ["Firefox can’t establish a connection to the server at ws://localhost:8000/", "refused"],
    ["close  code: 1006  reason: \"\"  wasClean: false", "1006"],
    ["1009", "too-large"],
    ["code=1001, reason=", "1001"],
    ["CloseEvent { code: 4001, reason: \"\" }", "application"],
    ["Uncaught InvalidStateError: Failed to execute 'send' on 'WebSocket': Still in CONNECTING state.\n    at HTMLButtonElement.onclick", "still-connecting"],
    ["Uncaught (in promise) InvalidAccessError: Failed to execute 'close' on 'WebSocket': The close code must be either 1000, or between 3000 and 4999. 1006 is neither.", "close-code"],
    ["node:events:497\n      throw er; // Unhandled 'error' event\nRangeError: Invalid WebSocket frame: MASK must be set\n  code: 'WS_ERR_EXPECTED_MASK',\n  [Symbol(status-code)]: 1002", "not-masked"],
    ["Error: listen EADDRINUSE: address already in use :::8000", "busy"],
    ["Failed to construct 'WebSocket': The URL's scheme must be either 'ws' or 'wss'. 'http' is not allowed.", "bad-url"],
    ["curl: (52) Empty reply from server", "hangs-up"],
    ["Unexpected server response: 502", "status-5xx"],
  ] as const) {
    test(`leads to ${first}: ${message.slice(0, 60)}`, () => assert.equal(find(message)[0], first));
  }

  test("does not take a port or a part of a number for a close code", () => {
    assert.deepEqual(find("ws://localhost:1006/"), []);
    assert.deepEqual(find("took 10060 ms"), []);
  });

  test("of words that nobody prints like that leads to what comes near", () => {
    const { exact, similar } = searchSymptoms(symptoms, "the subprotocol was wrong, the browser did not like it");
    assert.deepEqual(exact, []);
    assert.ok(similar.includes("protocol-missing") || similar.includes("protocol-mismatch"), String(similar));
  });

  test("that means nothing leads nowhere", () => {
    assert.deepEqual(searchSymptoms(symptoms, "qwertz asdf"), { exact: [], similar: [] });
    assert.deepEqual(searchSymptoms(symptoms, "   "), { exact: [], similar: [] });
  });

  test("of any length and shape is searched in no time", () => {
    const start = performance.now();
    searchSymptoms(symptoms, "Failed to connect to ".repeat(5_000));
    searchSymptoms(symptoms, `WebSocket connection to '${"x".repeat(100_000)}`);
    assert.ok(performance.now() - start < 5_000);
  });
});

test("every message that a lesson quotes from a browser's console leads to an entry", () => {
  const quoted = steps.flatMap((step) => {
    const lesson = readFileSync(join(step.folder, "README.md"), "utf8");
    const consoles = [...lesson.matchAll(/^```console (?:chromium|firefox)\n([^]*?)^```/gm)];
    const pages = [...lesson.matchAll(/^```page[^\n]*\n([^]*?)^```/gm)];
    return [
      ...consoles.flatMap(([, text = ""]) => text.trim().split("\n")),
      // In a page's log, exceptions and abnormal closes are symptoms.
      ...pages.flatMap(([, text = ""]) => text.split("\n").filter((line) => /^\w+Error: |code: (?!1000)/.test(line))),
    ].map((message) => ({ step: step.name, message }));
  });
  assert.ok(quoted.length >= 6, "the lessons quote consoles");
  for (const { step, message } of quoted) assert.notDeepEqual(find(message), [], `${step}: ${message}`);
});

test("the page links steps that exist, and escapes what programs print", () => {
  const page = renderSymptoms(steps);
  assert.match(page, /href="\.\.\/steps\/accept-key\/index\.html#the-change"/);
  assert.match(page, /<var>&lt;url&gt;<\/var>/);
  const [first] = steps;
  assert.ok(first);
  assert.doesNotMatch(renderSymptoms([first]), /accept-key\/index\.html/);
  for (const { section } of symptoms) assert.ok(slugify(section) !== "");
});
