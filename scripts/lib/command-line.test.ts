import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { UsageError } from "./cli.ts";
import { joinCommandLine, splitCommandLine } from "./command-line.ts";

const rows: [line: string, words: string[]][] = [
  ["go run .", ["go", "run", "."]],
  ["npx tsx my-server.ts", ["npx", "tsx", "my-server.ts"]],
  ["  python3   server.py ", ["python3", "server.py"]],
  [`  python3 "my server.py" --name='a "b"'  `, ["python3", "my server.py", `--name=a "b"`]],
  ["C:\\x\\node.exe s.js", ["C:\\x\\node.exe", "s.js"]],
  [`"C:\\Program Files\\x.exe" 'a "b"' ""`, ["C:\\Program Files\\x.exe", 'a "b"', ""]],
];

for (const [line, words] of rows) {
  test(`the words of ${JSON.stringify(line)}, and back`, () => {
    assert.deepEqual(splitCommandLine(line), words);
    assert.deepEqual(splitCommandLine(joinCommandLine(words)), words);
  });
}

test("words that are joined come apart again, whatever is in them", () => {
  const char = fc.constantFrom("a", "\\", " ", "\n", '"', "'", "é", "$");
  const words = fc.array(fc.string({ unit: char, maxLength: 6 }), { minLength: 1, maxLength: 4 });
  fc.assert(fc.property(words, (list) => assert.deepEqual(splitCommandLine(joinCommandLine(list)), list)));
});

test("what is no command line gets a sentence", () => {
  for (const line of ["node 'a", `a "b' c`, `it's`]) {
    assert.throws(() => splitCommandLine(line), new UsageError(`The command has a quote without an end: ${line}`));
  }
  for (const line of ["", " \t"]) {
    assert.throws(() => splitCommandLine(line), new UsageError("The command is empty: give the one that starts your server."));
  }
});
