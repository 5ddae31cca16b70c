// JavaScript, because Node 20 loads reporters before it knows how to load TypeScript.

/**
 * A reporter for `node --test`: a line of JSON for each skipped test, `{ skipped, reason }`, and for
 * each failed one, `{ failed, file }`.
 *
 * @param {AsyncIterable<import("node:test/reporters").TestEvent>} events
 */
export default async function* outcomeReporter(events) {
  for await (const { type, data } of events) {
    if (type === "test:fail") yield `${JSON.stringify({ failed: data.name, file: data.file })}\n`;
    if (type !== "test:pass" || data.skip === undefined || data.skip === false) continue;
    yield `${JSON.stringify({ skipped: data.name, reason: data.skip === true ? "" : data.skip })}\n`;
  }
}
