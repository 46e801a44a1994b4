/** The settings of section `minicov`, typed; nothing else reads the configuration. */
import vscode = require("vscode");
import { MARKS, type Mark, type Span } from "./protocol";

const SECTION = "minicov";

/** What the server is told, each only if the user has set it: a project's own configuration counts else. */
const OF_SERVER = [
  "python",
  "testArgs",
  "conditions",
  "diagnostics",
  "inlayHints",
  "codeLens",
  "dataFile",
  "pathMappings",
  "watch",
  "debounce",
] as const;

const SPANS: readonly Span["kind"][] = ["branch", "condition", "region"];

export interface Settings {
  readonly marksEnabled: boolean;
  readonly marksShown: ReadonlySet<Mark>;
  /** {mark: "#rrggbb"} of those that the user wants in another colour. */
  readonly markColors: Readonly<Partial<Record<Mark, string>>>;
  /** In the gutter, or at the left edge of the text. */
  readonly marksPlace: "gutter" | "edge";
  readonly overviewRuler: boolean;
  readonly spans: boolean;
  /** Those below which no diagnostic draws a line, as far as the user has set it. */
  readonly spansToUnderline: ReadonlySet<Span["kind"]>;
  readonly lineBackground: boolean;
  readonly statusBar: boolean;
}

/** Alone: it is asked for before anything is drawn. */
export function readServerPath(): string {
  return vscode.workspace.getConfiguration(SECTION).get<string>("server.path", "").trim();
}

export function readSettings(): Settings {
  const section = vscode.workspace.getConfiguration(SECTION);
  return {
    marksEnabled: section.get<boolean>("marks.enabled", true),
    marksShown: new Set(section.get<Mark[]>("marks.show", [...MARKS])),
    markColors: section.get<Partial<Record<Mark, string>>>("marks.colors", {}),
    marksPlace: section.get<"gutter" | "edge">("marks.place", "gutter"),
    overviewRuler: section.get<boolean>("overviewRuler", true),
    spans: section.get<boolean>("spans", true),
    spansToUnderline: new Set(SPANS.filter((kind) => !isUnderlined(kind, section.get("diagnostics")))),
    lineBackground: section.get<boolean>("lineBackground", false),
    statusBar: section.get<boolean>("statusBar", true),
  };
}

/** Whether the diagnostics of such spans are squiggles; hints are three dots. */
function isUnderlined(kind: Span["kind"], diagnostics: unknown): boolean {
  const code = `uncovered-${kind}`;
  if (Array.isArray(diagnostics)) {
    return diagnostics.includes(code);
  }
  if (typeof diagnostics === "object" && diagnostics !== null) {
    const severity: unknown = (diagnostics as Record<string, unknown>)[code];
    return severity !== "off" && severity !== "hint";
  }
  return diagnostics !== false;
}

/** What the user has set of the server's settings, for one folder. */
export function readServerSettings(scope: vscode.Uri | undefined): Record<string, unknown> {
  const section = vscode.workspace.getConfiguration(SECTION, scope ?? null);
  const told: Record<string, unknown> = {};
  for (const name of OF_SERVER) {
    const found = section.inspect(name);
    if (found && (found.workspaceFolderValue ?? found.workspaceValue ?? found.globalValue) !== undefined) {
      told[name] = section.get(name); // inspect() does not know which values are restricted
    }
  }
  return told;
}

export function changesSettings(event: vscode.ConfigurationChangeEvent): boolean {
  return event.affectsConfiguration(SECTION);
}

export function changesServerPath(event: vscode.ConfigurationChangeEvent): boolean {
  return event.affectsConfiguration(`${SECTION}.server`);
}
