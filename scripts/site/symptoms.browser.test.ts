import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { symptoms } from "./symptom-list.ts";
import { declareSymptoms, ENTRIES } from "./symptoms-suite.ts";
import { searchSymptoms } from "./symptoms-match.ts";
import {
  clientFaults,
  hearBusy,
  hearCurl,
  hearHttp,
  hearRefused,
  hearUndici,
  hearWs,
  hearWsMistakes,
  hearWsServer,
  run,
  type Said,
} from "./symptom-voices.ts";

declareSymptoms("Chromium");

/** Every word leads to the entry, and there is one if there must be. */
function expectEntry({ words }: Said, entry: string, atLeast = 0): void {
  assert.ok(words.length >= atLeast, `says nothing, where ${entry} was to be found`);
  for (const message of words) {
    const { exact } = searchSymptoms(symptoms, message);
    assert.ok(exact.includes(entry), `"${message}" leads to ${exact.join(", ") || "nothing"}, not to ${entry}`);
  }
}

/** Faults of a server that `ws` reports in words, which is all but those that end in a close event. */
const SPOKEN = Object.keys(ENTRIES).filter((fault) =>
  /^(?:no |wrong |status |not HTTP|frames|hangs up|resets|headers|another|two|protocol not|unknown|deflate parameter|RSV|masked|reserved|fragmented|long control|top bit|continuation|text|close (?:1 byte|1005|999|reason))/.test(fault) &&
  !fault.startsWith("no close frame"),
);

describe("symptoms in Node", () => {
  test("ws, a client", async () => {
    const said = await Promise.all(SPOKEN.map(async (fault) => ({ fault, said: await hearWs(fault) })));
    for (const { fault, said: words } of said) expectEntry(words, ENTRIES[fault] ?? "", 1);
  });

  test("ws, a server", async () => {
    const entries: Record<string, string> = {
      "not masked": "not-masked",
      "client RSV1": "reserved-bits",
      "client RSV2": "reserved-bits",
      "client opcode": "reserved-opcode",
      "client fragmented ping": "control-fragmented",
      "client long ping": "control-long",
      "client continuation": "unexpected-continuation",
      "client not UTF-8": "utf8",
      "client close 1 byte": "broken-close",
      "client close 1005": "broken-close",
      "client too much": "too-large",
    };
    assert.deepEqual(Object.keys(entries), Object.keys(clientFaults));
    for (const [fault, entry] of Object.entries(entries)) expectEntry(await hearWsServer(fault), entry, 1);
  });

  test("ws, used wrongly", async () => {
    for (const [entry, said] of Object.entries(await hearWsMistakes())) expectEntry(said, entry, 1);
  });

  test("http", async () => {
    for (const fault of ["hangs up", "resets", "not HTTP"]) expectEntry(await hearHttp(fault), ENTRIES[fault] ?? "", 1);
  });

  test("a port where nobody listens, and one that is taken", async () => {
    for (const said of Object.values(await hearRefused())) expectEntry(said, "refused", 1);
    expectEntry(await hearBusy(), "busy", 1);
  });

  test("its own WebSocket", async () => {
    // Its words change with Node's version, and from Node 24 on there are none: then all that one learns is a 1006.
    for (const fault of ["wrong accept", "status 403", "masked", "text not UTF-8"]) {
      const said = await hearUndici(fault);
      expectEntry(said, ENTRIES[fault] ?? "");
      assert.ok(said.words.length > 0 || said.events.includes("close code: 1006"), `${fault}: ${JSON.stringify(said)}`);
    }
  });
});

const curl = await run("curl", ["--version"]);

test("symptoms in curl", { skip: curl.code !== 0 && "curl is not installed" }, async () => {
  for (const fault of ["hangs", "hangs up", "resets", "frames, no head"]) {
    expectEntry(await hearCurl(fault), ENTRIES[fault] ?? "", 1);
  }
});
