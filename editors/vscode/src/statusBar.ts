/** The file's coverage and the run's state in the status bar; the server's state beside the language. */
import vscode = require("vscode");
import { percent, table } from "./figures";
import type { Pictures } from "./marks/pictures";
import type { Summary } from "./protocol";
import { changesSettings, readSettings } from "./settings";
import type { ServerState, Session } from "./server/session";
import type { RunState, TestRuns } from "./testing/runs";

const STATES: Readonly<Record<ServerState, [string, vscode.LanguageStatusSeverity]>> = {
  starting: ["the server starts", vscode.LanguageStatusSeverity.Information],
  running: ["the server runs", vscode.LanguageStatusSeverity.Information],
  missing: ["the server was not found", vscode.LanguageStatusSeverity.Error],
  failed: ["the server has stopped", vscode.LanguageStatusSeverity.Error],
  stopped: ["the server does not run", vscode.LanguageStatusSeverity.Warning],
};

export class StatusBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("minicov.coverage", vscode.StatusBarAlignment.Right, 90);
  private readonly language = vscode.languages.createLanguageStatusItem("minicov.server", { language: "python" });
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly session: Session,
    private readonly pictures: Pictures,
    private readonly runs: TestRuns,
  ) {
    this.item.name = "minicov";
    this.item.command = "minicov.showMenu";
    this.language.name = "minicov";
    const show = () => this.show();
    this.subscriptions = [
      session.onDidChangeState(show),
      runs.onDidChange(show),
      pictures.onDidChange(show),
      vscode.window.onDidChangeActiveTextEditor(show),
      vscode.workspace.onDidChangeConfiguration((event) => changesSettings(event) && this.show()),
      this.item,
      this.language,
    ];
    this.show();
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions).dispose();
  }

  private show(): void {
    this.showLanguage();
    const editor = vscode.window.activeTextEditor;
    const isPython = editor?.document.languageId === "python";
    const summary = editor && this.pictures.of(editor.document.uri)?.summary;
    const running = this.runs.current;
    void vscode.commands.executeCommand("setContext", "minicov.hasPicture", summary != null);
    if (!readSettings().statusBar || (!isPython && !running)) {
      this.item.hide();
      return;
    }
    const failed = this.session.state === "missing" || this.session.state === "failed";
    this.item.text = failed ? "$(warning) minicov" : running ? inWords(running) : shortly(summary ?? undefined);
    this.item.tooltip = failed ? this.session.problem : tooltip(summary ?? undefined, this.runs.last);
    this.item.backgroundColor = failed ? new vscode.ThemeColor("statusBarItem.warningBackground") : undefined;
    this.item.accessibilityInformation = { label: this.item.text.replace(/\$\([^)]*\)/g, "coverage") };
    this.item.show();
  }

  private showLanguage(): void {
    const [text, severity] = STATES[this.session.state];
    this.language.text = `minicov: ${text}`;
    this.language.severity = severity;
    this.language.detail = this.session.problem;
    this.language.busy = this.session.state === "starting";
    this.language.command = { command: "minicov.restartServer", title: "Restart" };
  }
}

function inWords(run: RunState): string {
  const failed = run.failed ? ` $(error) ${run.failed}` : "";
  return `$(loading~spin) ${run.done}${run.total ? `/${run.total}` : ""} tests${failed}`;
}

function shortly(summary: Summary | undefined): string {
  if (!summary) {
    return "$(shield) no coverage";
  }
  const { statements, branches } = summary;
  return `$(shield) ${percent(statements)}${branches[1] ? ` $(git-branch) ${branches[0]}/${branches[1]}` : ""}`;
}

function tooltip(summary: Summary | undefined, last: RunState | undefined): vscode.MarkdownString {
  const lines = summary
    ? ["**Coverage of this file**", "", ...table(summary)]
    : ["Nothing is known of this file's coverage yet."];
  if (last?.outcome) {
    lines.push("", `Last run: ${last.label}: ${last.outcome}, ${last.done} tests`);
  }
  return new vscode.MarkdownString(lines.join("\n"));
}
