/** Draws pictures into editors: gutter, overview ruler, spans. It decides nothing. */
import vscode = require("vscode");
import { MARKS, type Gutters, type Mark, type Span } from "../protocol";
import { changesSettings, readSettings, type Settings } from "../settings";
import { icon } from "./icons";
import type { Pictures } from "./pictures";

const LONGEST_SPAN = 20_000; // lines; one over more is no help to anyone

/** A line of ours below the squiggle of a diagnostic would make both hard to see. */
type SpanLook = "tinted" | "underlined";

export class Painter implements vscode.Disposable {
  private settings = readSettings();
  private isOn = this.settings.marksEnabled;
  private marks = new Map<Mark, vscode.TextEditorDecorationType>();
  private readonly spans = new Map<SpanLook, vscode.TextEditorDecorationType>();
  private readonly subscriptions: vscode.Disposable[];

  constructor(private readonly pictures: Pictures) {
    this.makeTypes();
    this.subscriptions = [
      pictures.onDidChange((uri) => this.drawDocument(uri)),
      vscode.window.onDidChangeVisibleTextEditors((editors) => editors.forEach((editor) => this.draw(editor))),
      vscode.window.onDidChangeActiveColorTheme(() => this.remake()),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (changesSettings(event)) {
          this.isOn = readSettings().marksEnabled;
          this.remake();
        }
      }),
    ];
  }

  /** Shows or hides all marks of this window, until the setting is changed. */
  toggle(): boolean {
    this.isOn = !this.isOn;
    this.drawAll();
    return this.isOn;
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions, ...this.marks.values(), ...this.spans.values()).dispose();
  }

  private remake(): void {
    this.settings = readSettings();
    this.marks.forEach((type) => type.dispose());
    this.spans.forEach((type) => type.dispose());
    this.makeTypes();
    this.drawAll();
  }

  private makeTypes(): void {
    const kind = vscode.window.activeColorTheme.kind;
    this.marks = new Map(MARKS.map((mark) => [mark, markType(mark, kind, this.settings)]));
    this.spans.set("tinted", spanType());
    this.spans.set("underlined", spanType(UNDERLINE));
  }

  private drawAll(): void {
    vscode.window.visibleTextEditors.forEach((editor) => this.draw(editor));
  }

  private drawDocument(uri: vscode.Uri): void {
    for (const editor of vscode.window.visibleTextEditors) {
      if (editor.document.uri.toString() === uri.toString()) {
        this.draw(editor);
      }
    }
  }

  private draw(editor: vscode.TextEditor): void {
    const picture = this.isOn ? this.pictures.of(editor.document.uri) : undefined;
    if (picture && picture.version !== editor.document.version) {
      return; // the editor moves what is drawn with the text, and the picture of the newer text comes
    }
    const ranges = rangesByMark(picture, editor.document, this.settings.marksShown);
    this.marks.forEach((type, mark) => editor.setDecorations(type, ranges.get(mark) ?? []));
    const spans = this.settings.spans ? (picture?.spans ?? []) : [];
    const look = ({ kind }: Span): SpanLook => (this.settings.spansToUnderline.has(kind) ? "underlined" : "tinted");
    this.spans.forEach((type, each) =>
      editor.setDecorations(type, spanRanges(spans.filter((span) => look(span) === each))),
    );
  }
}

const UNDERLINE: vscode.DecorationRenderOptions = {
  borderColor: new vscode.ThemeColor("minicov.spanUnderline"),
  borderStyle: "dotted",
  borderWidth: "0 0 2px 0",
};

function spanType(line: vscode.DecorationRenderOptions = {}): vscode.TextEditorDecorationType {
  return vscode.window.createTextEditorDecorationType({
    ...line,
    backgroundColor: new vscode.ThemeColor("minicov.spanBackground"),
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  });
}

function markType(mark: Mark, kind: vscode.ColorThemeKind, settings: Settings): vscode.TextEditorDecorationType {
  const isTinted = mark === "missed" && settings.lineBackground;
  const inRuler = settings.overviewRuler && (mark === "partial" || mark === "missed");
  return vscode.window.createTextEditorDecorationType({
    ...(settings.marksPlace === "gutter"
      ? { gutterIconPath: icon(mark, kind, settings.markColors[mark]), gutterIconSize: "100% 100%" }
      : edge(mark)),
    isWholeLine: true,
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
    ...(inRuler && {
      overviewRulerColor: new vscode.ThemeColor(`minicov.${mark}`),
      overviewRulerLane: vscode.OverviewRulerLane.Left,
    }),
    ...(isTinted && { backgroundColor: new vscode.ThemeColor("minicov.missedBackground") }),
  });
}

/** Left borders of lines; the widths and styles differ as the icons' shapes do. */
const EDGES: Readonly<Partial<Record<Mark, { width: number; style: string }>>> = {
  covered: { width: 2, style: "solid" },
  partial: { width: 4, style: "dashed" },
  missed: { width: 5, style: "solid" },
  edited: { width: 2, style: "dotted" },
};

function edge(mark: Mark): vscode.DecorationRenderOptions {
  const border = EDGES[mark];
  return border
    ? {
        borderWidth: `0 0 0 ${border.width}px`,
        borderStyle: border.style,
        borderColor: new vscode.ThemeColor(`minicov.${mark}`),
      }
    : {};
}

function rangesByMark(
  picture: Gutters | undefined,
  document: vscode.TextDocument,
  shown: ReadonlySet<Mark>,
): Map<Mark, vscode.Range[]> {
  const ranges = new Map<Mark, vscode.Range[]>();
  for (const [first, last, mark] of picture?.runs ?? []) {
    if (shown.has(mark) && first < document.lineCount) {
      const range = document.validateRange(new vscode.Range(first, 0, last, Number.MAX_SAFE_INTEGER));
      ranges.set(mark, [...(ranges.get(mark) ?? []), range]);
    }
  }
  return ranges;
}

function spanRanges(spans: readonly Span[]): vscode.Range[] {
  return spans
    .map(({ range: { start, end } }) => new vscode.Range(start.line, start.character, end.line, end.character))
    .filter((range) => range.end.line - range.start.line < LONGEST_SPAN);
}
