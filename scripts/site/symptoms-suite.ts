import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { findBrowser, launchBrowser, notInstalled, type BrowserName } from "../browsers/browsers.ts";
import { faults } from "./symptom-faults.ts";
import { symptoms } from "./symptom-list.ts";
import { searchSymptoms } from "./symptoms-match.ts";
import { hearBrowser, pageMistakes, type Said } from "./symptom-voices.ts";

// Each canned fault is provoked again, and what the browser says must lead to the entry that explains it.

/** The entry that a fault belongs to. A fault without one is no fault to the browser named in FORGIVES. */
export const ENTRIES: Record<string, string> = {
  "no accept": "no-accept",
  "wrong accept": "wrong-accept",
  "no upgrade": "no-upgrade",
  "wrong upgrade": "no-upgrade",
  "no connection": "no-upgrade",
  "wrong connection": "no-upgrade",
  "status 200": "status-200",
  "status 301": "status-301",
  "status 400": "status-400",
  "status 401": "status-401",
  "status 403": "status-403",
  "status 404": "status-404",
  "status 405": "status-405",
  "status 426": "status-426",
  "status 500": "status-5xx",
  "status 502": "status-5xx",
  "status 503": "status-5xx",
  "not HTTP": "not-http",
  "frames, no head": "not-http",
  "hangs up": "hangs-up",
  "resets": "reset",
  "headers not ended": "hangs-up",
  "protocol not asked for": "protocol-mismatch",
  "another protocol": "protocol-mismatch",
  "two protocols": "protocol-mismatch",
  "no protocol": "protocol-missing",
  "unknown extension": "extension",
  "deflate twice": "extension",
  "deflate parameter": "extension",
  "bare text": "invalid-header",
  "bare text later": "invalid-header",
  "RSV1": "reserved-bits",
  "RSV2": "reserved-bits",
  "masked": "masked-by-server",
  "reserved opcode": "reserved-opcode",
  "reserved control opcode": "reserved-opcode",
  "fragmented control": "control-fragmented",
  "long control": "control-long",
  "long 16": "length",
  "long 64": "length",
  "top bit": "length",
  "continuation first": "unexpected-continuation",
  "text in a message": "unfinished-message",
  "text not UTF-8": "utf8",
  "close 1 byte": "broken-close",
  "close 1005": "broken-close",
  "close 999": "broken-close",
  "close reason not UTF-8": "broken-close",
  "close 1000": "1000",
  "close empty": "1005",
  "close 1001": "1001",
  "close 1002": "1002",
  "close 1003": "1003",
  "close 1007": "utf8",
  "close 1008": "1008",
  "close 1009": "too-large",
  "close 1011": "1011",
  "close 1012": "1012",
  "close 1013": "1012",
  "no close frame": "1006",
  "no close frame, at once": "1006",
  "reset while open": "reset",
  "half a frame, then the end": "1006",
  "hangs": "hangs",
  "refused": "refused",
  "wss to a plain server": "tls-to-plain",
  "blocked port": "unsafe-port",
  "send while CONNECTING": "still-connecting",
  "close while CONNECTING": "closed-while-connecting",
  "close with 1001": "close-code",
  "long reason": "close-reason",
  "send after close": "already-closing",
  "scheme": "bad-url",
  "fragment": "bad-url",
  "not a URL": "bad-url",
  "protocol with a space": "bad-protocol",
  "protocol twice": "bad-protocol",
  "policy": "policy",
  "mixed content": "mixed-content",
};

/** These say nothing in the console, whatever the browser: the event is all there is. */
const SILENT = /^(?:close (?:\d|empty)|no close frame|half a frame|hangs$|reset while)/;

/** What Firefox lets pass, or fails without a word. */
const FORGIVES: Partial<Record<BrowserName, RegExp>> = {
  Firefox: /^(?:protocol not asked for|no protocol|masked|bare text|headers not ended|send after close)/,
};

export function declareSymptoms(name: BrowserName): void {
  const program = findBrowser(name);
  const skip = program === undefined && notInstalled(name);
  const patience = { timeout: 120_000 };
  let heard: Record<string, Said> = {};

  describe(`symptoms in ${name}`, { skip }, () => {
    before(async () => {
      const launched = await launchBrowser(name, program ?? "");
      try {
        heard = await hearBrowser(launched.browser, name === "Chromium");
      } finally {
        await launched.close();
      }
    }, patience);
    after(() => {
      heard = {};
    });

    test("every fault belongs to an entry", () => {
      const known = new Set(symptoms.map(({ id }) => id));
      for (const fault of [...Object.keys(faults), ...Object.keys(pageMistakes)]) {
        assert.ok(known.has(ENTRIES[fault] ?? ""), fault);
      }
    });

    for (const [fault, entry] of Object.entries(ENTRIES)) {
      test(`${name}: ${fault}`, () => {
        const { words, events } = heard[fault] ?? { words: [], events: [] };
        const silent = SILENT.test(fault) || FORGIVES[name]?.test(fault);
        if (!silent) assert.notEqual(words.length, 0, `says nothing; the events: ${events.join(", ")}`);
        for (const message of words) {
          const { exact } = searchSymptoms(symptoms, message);
          assert.ok(exact.includes(entry), `"${message}" leads to ${exact.join(", ") || "nothing"}, not to ${entry}`);
          // Chromium's words are precise; if several causes share them, the right one is near the top.
          if (name === "Chromium") assert.ok(exact.indexOf(entry) < 4, exact.join(", "));
        }
        expectCode(fault, events);
      });
    }
  });
}

/** The close code of the event leads to its entry, too. */
function expectCode(fault: string, events: string[]): void {
  const [, sent] = /^close (\d{4})$/.exec(fault) ?? [];
  const close = events.find((event) => event.startsWith("close code"));
  if (close === undefined) return;
  const code = /\d+/.exec(close)?.[0] ?? "";
  if (sent !== undefined && sent !== "1005") assert.equal(code, sent);
  if (code !== "999") assert.notDeepEqual(searchSymptoms(symptoms, close).exact, [], close);
}
