/**
 * What somebody wants who copies a code block: of a terminal the commands, of a difference the
 * lines that stand in the file now, of other code all of it.
 */
export function textToCopy(code: string, language: string): string {
  const lines = code.replace(/\n$/, "").split("\n");
  if (language === "console") {
    const commands = lines.filter((line) => line.startsWith("$ ")).map((line) => line.slice(2));
    return (commands.length > 0 ? commands : lines).join("\n");
  }
  if (language === "diff") {
    return lines
      .filter((line) => !line.startsWith("-"))
      .map((line) => line.slice(1))
      .join("\n");
  }
  return lines.join("\n");
}
