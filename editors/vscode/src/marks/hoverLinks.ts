/** Links at the end of the server's hover: it knows the facts, the editor knows its commands. */
import vscode = require("vscode");

export function withLinks(
  document: vscode.TextDocument,
  position: vscode.Position,
  hover: vscode.Hover | null | undefined,
): vscode.Hover | null | undefined {
  const told = hover?.contents.map((part) => (part instanceof vscode.MarkdownString ? part.value : "")).join("\n");
  if (!hover || !told || !/\btests? ran\b/.test(told)) {
    return hover;
  }
  const line = { line: position.line, character: 0 };
  const range = { start: line, end: { line: position.line + 1, character: 0 } };
  const target = encodeURIComponent(JSON.stringify([document.uri.toString(), range]));
  const links = new vscode.MarkdownString(
    `[Peek the tests](command:minicov.peekCoveringTests?${target})` +
      (vscode.workspace.isTrusted ? ` · [Rerun them](command:minicov.runCoveringTests?${target})` : ""),
  );
  links.isTrusted = { enabledCommands: ["minicov.peekCoveringTests", "minicov.runCoveringTests"] };
  return new vscode.Hover([...hover.contents, links], hover.range);
}
