/** Going from gap to gap. */
import vscode = require("vscode");
import type { Gutters, Mark } from "../protocol";

const GAPS: readonly Mark[] = ["missed", "partial"];

export const JUMPS: Readonly<Record<string, { marks: readonly Mark[]; step: 1 | -1 }>> = {
  "minicov.nextGap": { marks: GAPS, step: 1 },
  "minicov.previousGap": { marks: GAPS, step: -1 },
  "minicov.nextMissed": { marks: ["missed"], step: 1 },
  "minicov.previousMissed": { marks: ["missed"], step: -1 },
  "minicov.nextPartial": { marks: ["partial"], step: 1 },
  "minicov.previousPartial": { marks: ["partial"], step: -1 },
};

/** First line of the next stretch with one of these marks, round the end; undefined where there is none. */
export function nextGap(
  runs: Gutters["runs"],
  from: number,
  { marks, step }: { marks: readonly Mark[]; step: 1 | -1 },
): number | undefined {
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
