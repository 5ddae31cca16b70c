/** What differs from run to run, as messages are quoted: `<port>`, `<time>` and the like. */
const PLACEHOLDERS: Record<string, string> = {
  "<port>": "\\d+",
  "<time>": "\\d+ ms",
  "<key>": "[A-Za-z0-9+/]{22}==",
  "<accept>": "[A-Za-z0-9+/]{27}=",
  // A FIN or a reset: which of them a client sees can depend on who is faster.
  "<ending>": "(?:ended|reset) the connection",
};

/** Whether a message is the quoted one, with anything fitting in place of its placeholders. */
export function fitsQuote(message: string, quoted: string): boolean {
  // How long a check waits is the caller's choice: `2000 ms` in a lesson stands for any time.
  const template = quoted.replace(/\b\d+ ms\b/g, "<time>");
  const parts = template.split(/(<[a-z]+>)/).map((part) => PLACEHOLDERS[part] ?? literal(part));
  return new RegExp(`^${parts.join("")}$`).test(message);
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
