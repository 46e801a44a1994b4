/** The tests that ran some lines, in a peek view. */
import vscode = require("vscode");
import type { LanguageClient } from "vscode-languageclient/node";
import { COVERING_TESTS, type CoveringTest } from "../protocol";

export interface Lines {
  readonly uri: string;
  /** As the protocol has ranges. */
  readonly range: { start: { line: number; character: number }; end: { line: number; character: number } };
}

/** The selected lines of the editor that is active. */
export function selectedLines(): Lines | undefined {
  const editor = vscode.window.activeTextEditor;
  if (!editor) {
    return undefined;
  }
  const { start, end } = editor.selection;
  return {
    uri: editor.document.uri.toString(),
    range: { start: { line: start.line, character: 0 }, end: { line: end.line + 1, character: 0 } },
  };
}

export function askCoveringTests(client: LanguageClient, lines: Lines): Promise<CoveringTest[]> {
  return client.sendRequest(COVERING_TESTS, { textDocument: { uri: lines.uri }, range: lines.range });
}

export async function peekCoveringTests(client: LanguageClient, lines: Lines): Promise<void> {
  const tests = await askCoveringTests(client, lines);
  const uri = vscode.Uri.parse(lines.uri);
  const at = new vscode.Position(lines.range.start.line, 0);
  const places = tests.flatMap(({ location }) =>
    location ? [client.protocol2CodeConverter.asLocation(location)] : [],
  );
  if (places.length) {
    await vscode.commands.executeCommand("editor.action.peekLocations", uri, at, places.map(firstLine), "peek");
  } else {
    const what = tests.length
      ? "The tests that ran these lines are found no more."
      : "No test is known to run these lines.";
    void vscode.window.showInformationMessage(`minicov: ${what}`);
  }
}

/** The peek view marks the whole location: the line with the test's name is enough. */
function firstLine({ uri, range }: vscode.Location): vscode.Location {
  return new vscode.Location(uri, new vscode.Range(range.start, range.start));
}
