import assert from "node:assert/strict";
import { existsSync, readFileSync, renameSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { walk } from "../lib/files.ts";
import { courseRoot } from "../lib/root.ts";
import { wordCheck, wordChecks } from "../checks/scratch-course.ts";
import { scratchFolder, writeScratch } from "../lib/scratch.ts";
import { buildSite } from "./build.ts";

const first = `# 01: The \`upgrade\` listener

We listen, and *nothing* answers: see [step two](../02-echo/README.md#why).

See [server.ts](server.ts), [line 2](server.ts#L2), [the page](client.html?server=ws://localhost:1),
[a mistake](mistakes/no-key.ts), [all mistakes](mistakes/), [the course](../../README.md),
[the rules](../../CONTRIBUTING.md), [the RFC](https://www.rfc-editor.org/rfc/rfc6455), ![wire](wire.svg),
<http://localhost:3000/steps/upgrade-listener/client.html?a=b>, [home](http://localhost:3000/)

## Why

\`\`\`ts server.ts
const a = "<b>" && 1;
\`\`\`

\`\`\`console what you should see
Listening
\`\`\`

\`\`\`page
open
\`\`\`

\`\`\`
    plain <text>

      deeper
\`\`\`

\`\`\`frame
c1 01 00
\`\`\`

\`\`\`frame permessage-deflate
c1 02 00 00
\`\`\`

| a | b |
|---|---|
| 1 | 2 |

- [x] done
- [ ] to do

<details>
<summary>Hint</summary>
<a href="../02-echo/README.md">There</a>, press <kbd>C</kbd>
</details>

## Why
`;

const readme = `# The course

What is a frame? This course *shows* it.

| step | | what you see |
|---|---|---|
| [01 upgrade-listener](steps/01-upgrade-listener/README.md) | The listener | the browser \`hangs\` |
| 03 to 19 | More (being written) | |

You need Node.
`;

const course = {
  "README.md": readme,
  "CONTRIBUTING.md": "# Rules\n",
  "public/favicon.svg": "",
  "steps/01-upgrade-listener/README.md": first,
  "steps/01-upgrade-listener/server.ts": 'const a = "<b>" && 1;\n/* two\nlines */\n',
  "steps/01-upgrade-listener/client.html": "<title>client & page</title>\n",
  "steps/01-upgrade-listener/wire.svg": "<svg/>",
  "steps/01-upgrade-listener/mistakes/no-key.ts": "export {};\n",
  "steps/02-echo/README.md": "# 02: Echo\n\nBack.\n\n## Why\n\nBecause.\n",
  "steps/02-echo/hints.md": "# Hints for step 02\n",
  "steps/02-echo/server.ts": "export {};\n",
};

/** A scratch course and its site, with a reader for its pages. */
async function build(files: Record<string, string> = {}): Promise<{
  root: string;
  out: string;
  problems: string[];
  read: (address: string) => string;
}> {
  const root = scratchFolder({ ...course, ...files });
  const out = join(root, "public");
  const { problems } = await buildSite({ root, out });
  return { root, out, problems, read: (address) => readFileSync(join(out, address), "utf8") };
}

describe("the page of the benchmark", async () => {
  const address = "bench/index.html";
  const figures = { cpu: 12.34, cpuToWs: 0.5, perSecond: 1000, bytesPerSecond: 9, p50: 1, p99: 2, serverShare: 0.5, loadShare: 0.2, rss: null, heap: null };
  const rows = [{ peer: "step-2", title: "step 2", figures }, { peer: "bun", title: "Bun", lacks: "it is <missing>" }];
  const results = {
    machine: { cpu: "Abacus & Co", cores: 2, system: "Linux 6", node: "20.1.0", pinning: "The servers run on core 1." },
    date: "2026-11-22T12:00:00.000Z",
    isShort: false,
    rounds: 5,
    milliseconds: 600,
    workloads: [{ name: "small", title: "Small messages", details: "20 bytes", unit: "message", rows }],
    tasks: [{ title: "Unmasking", sizes: [64], rows: [{ title: "step 2", nanoseconds: [32] }] }],
    missing: [{ name: "bun", reason: "npm could not install it" }],
  };

  test("shows what the last run found: machine, date, a picture, and a table that says the same", async () => {
    const { read } = await build({ "scripts/bench/results.json": JSON.stringify(results) });
    const page = read(address);
    assert.match(page, /Abacus &amp; Co, 2 cores, Linux 6, Node 20\.1\.0, 2026-11-22\. The servers run on core 1\. bun is missing: npm could not install it\. Medians of 5/);
    assert.match(page, /<svg class="chart" [^>]*role="img"[\s\S]*<rect class="ours"[\s\S]*<\/svg>/);
    assert.match(page, /<tr><th scope="row">step 2<\/th><td>12\.3 µs<\/td><td>0\.50<\/td><td>1,000<\/td>/);
    assert.match(page, /<th scope="row">Bun<\/th><td colspan="7" class="quiet">– it is &lt;missing&gt;<\/td>/);
    assert.match(page, /<h3>Unmasking<\/h3>[\s\S]*<td>32\.0 ns 2\.00 GB\/s<\/td>/);
  });

  test("says how to measure if nobody has", async () => {
    const { read } = await build();
    assert.match(read(address), /Nothing has been measured yet\. <code>npm run bench<\/code>/);
    assert.match(read("commands/index.html"), /href="\.\.\/bench\/index\.html"/);
  });
});

describe("the site of a small course", async () => {
  const { problems, read, out } = await build();
  const lesson = read("steps/upgrade-listener/index.html");

  test("has no broken links", () => {
    assert.deepEqual(problems, []);
    // These two speak of steps that a small course does not have.
    const own = brokenLinks(out).filter((line) => !/^(playground|symptoms)\//.test(line));
    assert.deepEqual(own, []);
  });

  test("maps the steps on the front page, with what one sees in each, as the README says it", () => {
    const index = read("index.html");
    assert.match(index, /<p class="lead">What is a frame\?<\/p>\n<p class="promise">This course <em>shows<\/em> it\.<\/p>/);
    assert.match(index, /<h3>I\. The handshake<\/h3>/);
    const item = /<li data-slug="upgrade-listener">.*<\/li>/.exec(index)?.[0] ?? "";
    assert.match(item, /<a href="steps\/upgrade-listener\/index\.html">/);
    assert.match(item, /The <code>upgrade<\/code> listener.*the browser <code>hangs<\/code>/);
    // The README does not name this one: its lesson's first sentence stands in.
    assert.match(index, /<li data-slug="echo">.*Back\./);
    assert.match(index, /<li><div class="planned">.*03 to 19.*Being written/);
    assert.match(index, /href="steps\/upgrade-listener\/index\.html">Begin with step 01</);
    assert.match(index, /<p>You need Node\.<\/p>/);
  });

  test("rewrites the lesson's links", () => {
    for (const link of [
      '<a href="../echo/index.html#why">step two</a>',
      '<a href="files/server.ts.html">server.ts</a>',
      '<a href="files/server.ts.html#L2">line 2</a>',
      '<a href="client.html?server=ws://localhost:1">the page</a>',
      '<a href="files/mistakes/no-key.ts.html">a mistake</a>',
      '<a href="index.html#files">all mistakes</a>',
      '<a href="../../index.html">the course</a>',
      "the rules,",
      '<a href="https://www.rfc-editor.org/rfc/rfc6455">the RFC</a>',
      '<img src="wire.svg" alt="wire">',
      '<a href="client.html?a=b">http://localhost:3000/steps/upgrade-listener/client.html?a=b</a>',
      '<a href="../../index.html">home</a>',
      '<a href="../echo/index.html">There</a>',
    ]) {
      assert.ok(lesson.includes(link), link);
    }
  });

  test("puts captions above code, with a link where they name a file", () => {
    assert.ok(
      lesson.includes('<figcaption><a href="files/server.ts.html">server.ts</a></figcaption><pre'),
    );
    assert.ok(lesson.includes("<figcaption>terminal</figcaption>"));
    assert.ok(lesson.includes("<figcaption>the page</figcaption>"));
    assert.ok(lesson.includes('<code class="language-text">plain &lt;text&gt;\n\n  deeper\n</code>'));
  });

  test("has one h1, without the number, and distinct anchors", () => {
    assert.deepEqual(lesson.match(/<h1>.*<\/h1>/g), ["<h1>The <code>upgrade</code> listener</h1>"]);
    assert.deepEqual(lesson.match(/<h2 id="why.*">/g), ['<h2 id="why">', '<h2 id="why-1">']);
  });

  test("renders tables, tasks and our own HTML", () => {
    assert.match(lesson, /<div class="table" tabindex="0"><table>/);
    assert.match(lesson, /<li class="task"><input type="checkbox" disabled checked> done<\/li>/);
    assert.match(lesson, /<li class="task"><input type="checkbox" disabled> to do<\/li>/);
    assert.match(lesson, /<details>\n<summary>Hint<\/summary>/);
    assert.match(lesson, /<kbd>C<\/kbd>/);
  });

  test("draws a frame as compressed only where the lesson says so", () => {
    assert.match(lesson, /hex="c1 01 00"(?:(?!<\/ws-frame>).)*only an agreed extension may set them/s);
    assert.match(lesson, /hex="c1 02 00 00"(?:(?!<\/ws-frame>).)*2 bytes, compressed/s);
  });

  test("links the neighbours", () => {
    assert.match(lesson, /rel="next" href="\.\.\/echo\/index\.html"/);
    assert.doesNotMatch(lesson, /rel="prev"/);
    assert.match(read("steps/echo/index.html"), /rel="prev" href="\.\.\/upgrade-listener\/index\.html"/);
  });

  test("shows sources line by line, and copies client pages as they are", () => {
    const source = read("steps/upgrade-listener/files/server.ts.html");
    assert.match(source, /<span class="line" id="L2"><i class="tc">\/\* two<\/i>\n<\/span>/);
    assert.doesNotMatch(source, /id="L4"/);
    assert.equal(read("steps/upgrade-listener/client.html"), course["steps/01-upgrade-listener/client.html"]);
    assert.ok(existsSync(join(out, "steps/upgrade-listener/wire.svg")));
  });
});

test("a link that leads nowhere is reported", async () => {
  const { problems } = await build({
    "steps/02-echo/README.md": '# Echo\n\n[gone](gone.ts#L1) <img src="lost.png">\n',
  });
  assert.deepEqual(problems, [
    "02-echo/README.md links to gone.ts#L1, which does not exist.",
    "02-echo/README.md links to lost.png, which does not exist.",
  ]);
});

test("hints are not shown: whoever reads a step's files shall not stumble over them", async () => {
  const { out } = await build();
  assert.deepEqual(walk(out).filter((page) => page.includes("hints")), []);
  assert.ok(existsSync(join(out, "steps/echo/files/server.ts.html")));
});

test("a second build changes nothing, not even time stamps", async () => {
  const { root, out } = await build();
  const pages = walk(out);
  const contents = pages.map((page) => readFileSync(join(out, page), "utf8"));
  for (const page of pages) utimesSync(join(out, page), 1000, 1000);
  await buildSite({ root, out });
  assert.deepEqual(walk(out), pages);
  assert.deepEqual(pages.map((page) => readFileSync(join(out, page), "utf8")), contents);
  assert.deepEqual(new Set(pages.map((page) => statSync(join(out, page)).mtimeMs)), new Set([1_000_000]));
});

test("the same course gives the same site elsewhere", async () => {
  const [one, other] = [await build(), await build()];
  assert.deepEqual(walk(one.out), walk(other.out));
  for (const page of walk(one.out)) assert.equal(one.read(page), other.read(page), page);
});

test("what a renamed step left behind goes away, and hand-written files stay", async () => {
  const { root, out, read } = await build();
  writeFileSync(join(out, "mine.css"), "mine");
  writeScratch(out, "playground.html", "mine too");
  renameSync(join(root, "steps/01-upgrade-listener"), join(root, "steps/01-listener"));
  await buildSite({ root, out });
  assert.ok(!existsSync(join(out, "steps/upgrade-listener")));
  assert.ok(existsSync(join(out, "steps/listener/client.html")));
  assert.equal(read("mine.css"), "mine");
  assert.equal(read("playground.html"), "mine too");
});

test("a course without steps has an index that says so", async () => {
  const root = scratchFolder({});
  await buildSite({ root, out: join(root, "public") });
  assert.match(readFileSync(join(root, "public/index.html"), "utf8"), /There are no steps yet/);
});

describe("the site of the real course", async () => {
  const out = scratchFolder({});
  const began = performance.now();
  const { files, problems } = await buildSite({ root: courseRoot, out });
  console.log(`${files} files in ${Math.round(performance.now() - began)} milliseconds`);

  test("has no broken links, and asks no other host for anything", () => {
    assert.deepEqual(problems, []);
    assert.deepEqual(brokenLinks(out), []);
  });

  test("each page has an address without index.html where npm start serves it", () => {
    const { rewrites } = JSON.parse(readFileSync(new URL("serve.json", import.meta.url), "utf8")) as { rewrites: { source: string; destination: string }[] };
    const pages = walk(out).filter((file) => /^(?:[a-z-]+\/)?index\.html$/.test(file));
    assert.ok(pages.length > 5);
    for (const page of pages) {
      const source = `/${page.replace(/\/?index\.html$/, "")}`;
      assert.ok(rewrites.some((rewrite) => rewrite.source === source && rewrite.destination === `/${page}`), `${source} has no rewrite to ${page}`);
    }
  });

  test("has light pages: a lesson with all that it loads is below 150 kB on its way, and 215 kB unpacked", () => {
    const assets = ["assets/site.css", ...withImports(out, "assets/site.js", "assets/lab.js")];
    const pages = walk(out).filter((name) => /^steps\/[^/]+\/index\.html$/.test(name));
    assert.ok(pages.length > 0);
    const weighed = pages.map((page) => {
      const files = [page, ...assets].map((name) => readFileSync(join(out, name)));
      // Every web server compresses text, `serve` included.
      const sent = files.reduce((sum, file) => sum + gzipSync(file).length, 0);
      return { page, sent, unpacked: files.reduce((sum, file) => sum + file.length, 0) };
    });
    assert.deepEqual(weighed.filter(({ sent, unpacked }) => sent > 150_000 || unpacked > 215_000), []);
  });

  test("names the page for what does not exist from the root of its host", () => {
    assert.match(readFileSync(join(out, "404.html"), "utf8"), /<head>\n<base href="\/">\n/);
  });
});

test("the lab's port stays as npm start has written it", async () => {
  const { root, out, read } = await build();
  assert.deepEqual(JSON.parse(read("lab.json")), { port: null });
  writeFileSync(join(out, "lab.json"), '{"port":4711}');
  await buildSite({ root, out });
  assert.deepEqual(JSON.parse(read("lab.json")), { port: 4711 });
});

test("a second build sees an edited check", async () => {
  const checks = (title: string): string => wordChecks(wordCheck(title, "one"));
  const { root, out, read } = await build({
    "package.json": '{ "type": "module" }',
    "steps/02-echo/server.test.ts": checks("says one"),
  });
  const page = "steps/echo/index.html";
  assert.match(read(page), /<li>says one /);
  writeScratch(root, "steps/02-echo/server.test.ts", checks("says it again"));
  await buildSite({ root, out });
  assert.match(read(page), /<li>says it again /);
  assert.doesNotMatch(read(page), /<li>says one /);
});

test("brokenLinks finds them", () => {
  const out = scratchFolder({
    "index.html": `<a href="a.html">a</a> <a href="b.html#no">b</a> <a href="b.html?x#yes">b</a>
      <a href="#here">c</a> <a href="https://example.com/">d</a> <a href="data:,">e</a>
      <script src="https://example.com/x.js"></script> <link href="//example.com/x.css">`,
    "b.html": '<p id="yes">',
  });
  assert.deepEqual(brokenLinks(out), [
    "index.html: a.html",
    "index.html: b.html#no",
    "index.html: #here",
    "index.html: https://example.com/x.js is loaded from another host",
    "index.html: //example.com/x.css is loaded from another host",
  ]);
});

/** Scripts of the site and those that they import before they run. */
function withImports(out: string, ...scripts: string[]): string[] {
  const found = new Set(scripts);
  for (const name of found) {
    const code = readFileSync(join(out, name), "utf8");
    for (const [, path = ""] of code.matchAll(/(?:import|from)\s*"\.\/([^"]+)"/g)) found.add(`assets/${path}`);
  }
  return [...found];
}

/** Each `href` and `src` of the pages that leads nowhere, or that loads something from elsewhere. */
function brokenLinks(out: string): string[] {
  const pages = walk(out).filter((name) => name.endsWith(".html"));
  return pages.flatMap((page) => {
    const html = readFileSync(join(out, page), "utf8");
    // A hash such as #hex=81 is what a page remembers, and no anchor.
    const links = [...html.matchAll(/<(?!base\b)([a-z]+)\b[^>]*?\b(?:href|src|srcset)="([^"]*)"/g)];
    return links.flatMap(([, tag, link = ""]) => {
      if (/^data:|^#\w+=|^[^#]*#\w+=/.test(link)) return [];
      if (/^(https?:)?\/\//.test(link)) {
        return tag === "a" ? [] : [`${page}: ${link} is loaded from another host`];
      }
      const [, path = "", anchor] = /^([^?#]*)(?:\?[^#]*)?(?:#(.*))?$/.exec(link) ?? [];
      const target = path === "" ? join(out, page) : resolve(out, dirname(page), decodeURI(path));
      const isFile = existsSync(target) && statSync(target).isFile();
      const isThere =
        isFile &&
        (anchor === undefined ||
          readFileSync(target, "utf8").includes(` id="${decodeURIComponent(anchor)}"`));
      return isThere ? [] : [`${page}: ${link}`];
    });
  });
}
