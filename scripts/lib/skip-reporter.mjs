// JavaScript, because Node 20 loads reporters before it knows how to load TypeScript.

/**
 * A reporter for `node --test`: one line of JSON, `{ name, reason }`, for each skipped test.
 *
 * @param {AsyncIterable<import("node:test/reporters").TestEvent>} events
 */
export default async function* skipReporter(events) {
  for await (const { type, data } of events) {
    if (type !== "test:pass" || data.skip === undefined || data.skip === false) continue;
    yield `${JSON.stringify({ name: data.name, reason: data.skip === true ? "" : data.skip })}\n`;
  }
}
