import { textToCopy } from "./copy-text.ts";

/** Gives each code block a button that copies it. Where the browser has no clipboard there is none. */
export function addCopyButtons(): void {
  // Only a page from https or from this machine has one.
  if (!("clipboard" in navigator)) return;
  for (const figure of document.querySelectorAll("figure.code:not(.help)")) {
    const code = figure.querySelector("pre > code");
    if (code) figure.append(copyButton(code, figure.querySelector("figcaption")?.textContent ?? ""));
  }
}

function copyButton(code: Element, name: string): HTMLButtonElement {
  const language = /language-(\S+)/.exec(code.className)?.[1] ?? "";
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.setAttribute("aria-label", `Copy ${name.trim() || "this code"}`);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const say = (text: string): void => {
    button.textContent = text;
    clearTimeout(timer);
    timer = setTimeout(() => (button.textContent = "Copy"), 2000);
  };
  button.addEventListener("click", () => {
    navigator.clipboard.writeText(textToCopy(code.textContent ?? "", language)).then(
      () => say("Copied"),
      () => say("Not allowed"),
    );
  });
  return button;
}
