/** Going from gap to gap. */
import vscode = require("vscode");
import type { LanguageClient } from "vscode-languageclient/node";
import { FILES, type FileSummary, type Gutters, type Mark } from "../protocol";
import type { Pictures } from "./pictures";

const GAPS: readonly Mark[] = ["missed", "partial"];

export interface Jump {
  readonly marks: readonly Mark[];
  readonly step: 1 | -1;
}

export const JUMPS: Readonly<Record<string, Jump>> = {
  "minicov.nextGap": { marks: GAPS, step: 1 },
  "minicov.previousGap": { marks: GAPS, step: -1 },
  "minicov.nextMissed": { marks: ["missed"], step: 1 },
  "minicov.previousMissed": { marks: ["missed"], step: -1 },
  "minicov.nextPartial": { marks: ["partial"], step: 1 },
  "minicov.previousPartial": { marks: ["partial"], step: -1 },
};

/** First line of the next stretch with one of these marks, round the end; undefined where there is none. */
export function nextGap(runs: Gutters["runs"], from: number, { marks, step }: Jump): number | undefined {
  const starts = runs.filter(([, , mark]) => marks.includes(mark)).map(([first]) => first);
  if (step === 1) {
    return starts.find((line) => line > from) ?? starts[0];
  }
  return starts.findLast((line) => line < from) ?? starts.at(-1);
}

export function goTo(editor: vscode.TextEditor, line: number): void {
  const at = new vscode.Position(line, editor.document.lineAt(line).firstNonWhitespaceCharacterIndex);
  editor.selection = new vscode.Selection(at, at);
  editor.revealRange(new vscode.Range(at, at), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}

/** Opens the file with most statements missed, and waits for its picture; undefined where nothing is missed. */
export async function openMostMissed(
  client: LanguageClient,
  pictures: Pictures,
): Promise<vscode.TextEditor | undefined> {
  const files = await client.sendRequest<FileSummary[]>(FILES, {});
  const missed = ({ summary: { statements } }: FileSummary) => statements[1] - statements[0];
  const [most] = files.filter(missed).sort((a, b) => missed(b) - missed(a));
  if (!most) {
    return undefined;
  }
  const editor = await vscode.window.showTextDocument(vscode.Uri.parse(most.uri), { preview: false });
  await pictures.come(editor.document.uri);
  return editor;
}
