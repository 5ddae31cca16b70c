import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { checkRequest, type HandshakeRequest } from "./handshake.ts";
import { parseExtensions, type Extension } from "./header-values.ts";
import {
  accept,
  checkDeflateOptions,
  formatExtension,
  negotiate,
  offer,
  type Agreement,
  type DeflateOptions,
} from "./permessage-deflate.ts";
import { checkOptions } from "./server-options.ts";

function parsed(header: string): Extension[] {
  const extensions = parseExtensions(header);
  assert.ok(extensions, `${header} is refused`);
  return extensions;
}

/** How a list was read, in a form that is easy to compare. */
function shown(extensions: Extension[]): string {
  return extensions.map(({ name, parameters }) => [name, ...parameters.map((pair) => pair.join("="))].join(";")).join(",");
}

const lists: [header: string, expected: string][] = [
  ["foo", "foo"],
  ["foo, bar; baz=2", "foo,bar;baz=2"],
  [" \t foo \t", "foo"],
  ["foo;a", "foo;a=true"],
  ["foo ; a ; b = 1 , bar", "foo;a=true;b=1,bar"],
  ['foo; a="b"; c="d"', "foo;a=b;c=d"],
  ['foo; a="\\b\\c"', "foo;a=bc"],
  ['foo; a = "b" , bar', "foo;a=b,bar"],
  ["foo; a; a", "foo;a=true;a=true"],
  ["foo, foo", "foo,foo"],
  ["__proto__; __proto__=1; constructor", "__proto__;__proto__=1;constructor=true"],
  // A list may have empty elements, so long as one is not.
  [",foo,,bar ,", "foo,bar"],
  ["!#$%&'*+-.^_`|~09AZaz; a", "!#$%&'*+-.^_`|~09AZaz;a=true"],
];

for (const [header, expected] of lists) {
  test(`parseExtensions reads ${header}`, () => assert.equal(shown(parsed(header)), expected));
}

const malformed = [
  "", " ", ",", ", ,", ";", "foo;", "foo; ;a", "foo;=1", "foo; a=", "foo; a=,bar", "foo a", "foo; a b", "foo; a=b c", "=a",
  'foo; a="', 'foo; a="b', 'foo; a="b\\', 'foo; a="b\\"', 'foo; a=""', 'foo; a=" b"', 'foo; a="b c"', 'foo; a="b,c"', 'foo; a="\\ "',
  'foo; a="b"c', 'foo; a=b"c"', '"foo"', 'foo; "a"', "foo; a==b", "foo=1", "fo@o", "foo; a=é", "foo\u00a0", "foo/1", "foo; a=(b)", "foo\u0000",
];

for (const header of malformed) {
  test(`parseExtensions refuses ${JSON.stringify(header)}`, () => assert.equal(parseExtensions(header), undefined));
}

test("parseExtensions never throws, and reads what it would write", () => {
  const token = fc.stringMatching(/^[a-z!#$%&'*+.^_`|~-]{1,6}$/);
  const value = fc.oneof(fc.constant(true as const), token);
  const extensions = fc.array(fc.record({ name: token, parameters: fc.array(fc.tuple(token, value), { maxLength: 4 }) }, { noNullPrototype: true }), { minLength: 1, maxLength: 4 });
  fc.assert(fc.property(fc.string(), (header) => void parseExtensions(header)));
  fc.assert(fc.property(fc.stringMatching(/^[ab=;, \t"\\]{0,30}$/), (header) => void parseExtensions(header)));
  fc.assert(
    fc.property(extensions, fc.infiniteStream(fc.constantFrom("", " ", "\t ")), fc.boolean(), (list, blanks, quoted) => {
      const blank = () => blanks.next().value as string;
      const join = (parts: string[], mark: string) => parts.reduce((all, part) => `${all}${blank()}${mark}${blank()}${part}`);
      const quote = (text: string) => (quoted ? `"${[...text].map((it) => `\\${it}`).join("")}"` : text);
      const write = ({ name, parameters }: (typeof list)[number]) =>
        join([name, ...parameters.map(([key, it]) => (it === true ? key : join([key, quote(it)], "=")))], ";");
      assert.deepEqual(parseExtensions(`${blank()}${join(list.map(write), ",")}${blank()}`), list);
    }),
  );
});

test("parseExtensions takes one pass, whatever comes", () => {
  const length = 300_000;
  const begin = performance.now();
  for (const list of ["a;".repeat(length), "a,".repeat(length), `a${" ".repeat(length)}@`, `a;b="${"c".repeat(length)}`, `a;b="${"\\c".repeat(length)}`, `${",".repeat(length)}@`]) {
    assert.equal(parseExtensions(list) === undefined, !list.endsWith("a,"));
  }
  // One pass takes some milliseconds; a pass from every character on would take minutes.
  assert.ok(performance.now() - begin < 20_000);
});

test("checkRequest: extensions are read, and a malformed list gets 400", () => {
  const request = (extensions?: string) =>
    checkRequest({
      method: "GET",
      httpVersion: "1.1",
      url: "/",
      headersDistinct: { host: ["example.com"] },
      headers: {
        upgrade: "websocket",
        connection: "Upgrade",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        ...(extensions === undefined ? {} : { "sec-websocket-extensions": extensions }),
      },
    } as HandshakeRequest);
  const accepted = request("foo; a=1");
  assert.deepEqual(accepted.ok && accepted.extensions, [{ name: "foo", parameters: [["a", "1"]] }]);
  const refused = request("foo;");
  assert.equal(!refused.ok && refused.status, 400);
});

/** A server's options, what is offered, and the answer; `undefined` if it declines. */
const negotiations: [options: DeflateOptions, offers: string, answer: string | undefined][] = [
  [{}, "permessage-deflate", "permessage-deflate"],
  [{}, "foo, permessage-deflate; client_max_window_bits", "permessage-deflate"],
  [{}, "permessage-deflate; client_max_window_bits=10", "permessage-deflate; client_max_window_bits=10"],
  [{}, "permessage-deflate; client_max_window_bits=15", "permessage-deflate; client_max_window_bits=15"],
  [{}, 'permessage-deflate; server_max_window_bits="10"', "permessage-deflate; server_max_window_bits=10"],
  [{}, "permessage-deflate; server_max_window_bits=15", "permessage-deflate; server_max_window_bits=15"],
  [{}, "permessage-deflate; server_max_window_bits=8; client_max_window_bits=8", "permessage-deflate; server_max_window_bits=8; client_max_window_bits=8"],
  [{}, "permessage-deflate; client_no_context_takeover; server_no_context_takeover", "permessage-deflate; server_no_context_takeover; client_no_context_takeover"],
  [{}, "foo", undefined],
  [{}, "Permessage-Deflate", undefined],
  [{}, "x-webkit-deflate-frame", undefined],
  // What must be declined, RFC 7692, section 7.
  [{}, "permessage-deflate; foo", undefined],
  [{}, "permessage-deflate; __proto__", undefined],
  [{}, "permessage-deflate; client_no_context_takeover; client_no_context_takeover", undefined],
  [{}, "permessage-deflate; server_no_context_takeover=1", undefined],
  [{}, "permessage-deflate; client_no_context_takeover=true", undefined],
  [{}, "permessage-deflate; server_max_window_bits", undefined],
  [{}, "permessage-deflate; server_max_window_bits=7", undefined],
  [{}, "permessage-deflate; server_max_window_bits=16", undefined],
  [{}, "permessage-deflate; server_max_window_bits=08", undefined],
  [{}, "permessage-deflate; server_max_window_bits=1e1", undefined],
  [{}, "permessage-deflate; server_max_window_bits=+10", undefined],
  [{}, "permessage-deflate; server_max_window_bits=-10", undefined],
  [{}, "permessage-deflate; server_max_window_bits=10.0", undefined],
  [{}, "permessage-deflate; server_max_window_bits=10; server_max_window_bits=10", undefined],
  [{}, "permessage-deflate; client_max_window_bits=7", undefined],
  [{}, "permessage-deflate; client_max_window_bits=016", undefined],
  [{}, "permessage-deflate; client_max_window_bits=99999999999999999999", undefined],
  // And the next one is tried.
  [{}, "permessage-deflate; foo, permessage-deflate; client_no_context_takeover, permessage-deflate", "permessage-deflate; client_no_context_takeover"],
  // What the server wants.
  [{ serverNoContextTakeover: true }, "permessage-deflate", "permessage-deflate; server_no_context_takeover"],
  [{ serverNoContextTakeover: false }, "permessage-deflate; server_no_context_takeover, permessage-deflate", "permessage-deflate"],
  [{ clientNoContextTakeover: true }, "permessage-deflate", "permessage-deflate; client_no_context_takeover"],
  [{ serverMaxWindowBits: 10 }, "permessage-deflate", "permessage-deflate; server_max_window_bits=10"],
  [{ serverMaxWindowBits: 10 }, "permessage-deflate; server_max_window_bits=9", "permessage-deflate; server_max_window_bits=9"],
  [{ serverMaxWindowBits: 10 }, "permessage-deflate; server_max_window_bits=11", "permessage-deflate; server_max_window_bits=10"],
  [{ clientMaxWindowBits: 10 }, "permessage-deflate; client_max_window_bits", "permessage-deflate; client_max_window_bits=10"],
  [{ clientMaxWindowBits: 10 }, "permessage-deflate; client_max_window_bits=9", "permessage-deflate; client_max_window_bits=9"],
  [{ clientMaxWindowBits: 10 }, "permessage-deflate; client_max_window_bits=15", "permessage-deflate; client_max_window_bits=10"],
  [{ clientMaxWindowBits: 10 }, "permessage-deflate", undefined],
  [{ clientMaxWindowBits: true }, "permessage-deflate", "permessage-deflate"],
];

for (const [options, offers, answer] of negotiations) {
  test(`negotiate: ${JSON.stringify(options)} answers ${offers} with ${answer}`, () => {
    const agreement = negotiate(parsed(offers), options);
    assert.equal(agreement && formatExtension(agreement), answer);
  });
}

test("negotiate: no offer at all", () => assert.equal(negotiate([], {}), undefined));

const offers: [options: DeflateOptions, expected: string][] = [
  [{}, "permessage-deflate; client_max_window_bits"],
  [{ clientMaxWindowBits: false }, "permessage-deflate"],
  [{ clientMaxWindowBits: 9, serverMaxWindowBits: 10 }, "permessage-deflate; server_max_window_bits=10; client_max_window_bits=9"],
  [{ clientMaxWindowBits: true, serverNoContextTakeover: true, clientNoContextTakeover: true }, "permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits"],
];

for (const [options, expected] of offers) {
  test(`offer: ${JSON.stringify(options)} gives ${expected}`, () => assert.equal(formatExtension(offer(options)), expected));
}

/** A client's options, a server's answer, and what they have agreed on. */
const answers: [options: DeflateOptions, answer: string, agreement: Agreement | undefined][] = [
  [{}, "permessage-deflate", {}],
  [{}, "permessage-deflate; client_max_window_bits=10", { client_max_window_bits: 10 }],
  [{}, "permessage-deflate; server_max_window_bits=10", { server_max_window_bits: 10 }],
  [{}, "permessage-deflate; server_no_context_takeover; client_no_context_takeover", { server_no_context_takeover: true, client_no_context_takeover: true }],
  [{ serverMaxWindowBits: 10 }, "permessage-deflate; server_max_window_bits=9", { server_max_window_bits: 9 }],
  [{ clientMaxWindowBits: 9 }, "permessage-deflate", { client_max_window_bits: 9 }],
  [{ clientMaxWindowBits: 9 }, "permessage-deflate; client_max_window_bits=15", { client_max_window_bits: 9 }],
  // Over these, a client fails the connection.
  [{}, "foo", undefined],
  [{}, "permessage-deflate, permessage-deflate", undefined],
  [{}, "permessage-deflate, foo", undefined],
  [{}, "permessage-deflate; foo", undefined],
  [{}, "permessage-deflate; client_max_window_bits", undefined],
  [{}, "permessage-deflate; server_max_window_bits", undefined],
  [{}, "permessage-deflate; server_max_window_bits=16", undefined],
  [{ clientMaxWindowBits: false }, "permessage-deflate; client_max_window_bits=10", undefined],
  [{ serverMaxWindowBits: 10 }, "permessage-deflate", undefined],
  [{ serverMaxWindowBits: 10 }, "permessage-deflate; server_max_window_bits=11", undefined],
  [{ serverNoContextTakeover: true }, "permessage-deflate", undefined],
];

for (const [options, answer, agreement] of answers) {
  test(`accept: after an offer with ${JSON.stringify(options)}, ${answer}`, () => {
    assert.deepEqual(accept(parsed(answer), offer(options)), agreement);
  });
}

test("accept: an answer without an extension is none", () => assert.equal(accept([], offer({})), undefined));

test("what a server answers, the client that has offered it accepts, and both mean the same", () => {
  const bits = fc.option(fc.integer({ min: 8, max: 15 }), { nil: undefined });
  const flag = fc.option(fc.boolean(), { nil: undefined });
  const options = fc.record({ serverNoContextTakeover: flag, clientNoContextTakeover: flag, serverMaxWindowBits: bits, clientMaxWindowBits: fc.oneof(bits, fc.boolean()) });
  fc.assert(
    fc.property(options, options, (clientOptions, serverOptions) => {
      const offered = offer(clientOptions as DeflateOptions);
      const agreement = negotiate(parsed(formatExtension(offered)), serverOptions as DeflateOptions);
      if (agreement === undefined) return;
      assert.deepEqual(accept(parsed(formatExtension(agreement)), offered), agreement);
    }),
  );
});

test("window sizes that do not exist are refused before the server starts", () => {
  for (const bits of [7, 16, 0, -8, 8.5, NaN, Infinity]) {
    assert.throws(() => checkDeflateOptions({ serverMaxWindowBits: bits }), RangeError);
    assert.throws(() => checkOptions({ noServer: true, perMessageDeflate: { clientMaxWindowBits: bits } }), RangeError);
  }
  for (const level of [10, "fast" as never]) {
    assert.throws(() => checkDeflateOptions({ zlibDeflateOptions: { level } }), /level/);
    assert.throws(() => checkOptions({ noServer: true, perMessageDeflate: { zlibDeflateOptions: { level } } }), /level/);
  }
  checkDeflateOptions({ serverMaxWindowBits: 8, clientMaxWindowBits: 15, zlibDeflateOptions: { level: 9, memLevel: 1, strategy: 2 } });
  for (const perMessageDeflate of [true, false, {}, { clientMaxWindowBits: true }]) checkOptions({ noServer: true, perMessageDeflate });
});
