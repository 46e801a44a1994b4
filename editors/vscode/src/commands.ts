/** The commands of the palette, of code actions and of links. */
import vscode = require("vscode");
import { peekCoveringTests, selectedLines, type Lines } from "./marks/coveringTests";
import { goTo, JUMPS, nextGap, openMostMissed, type Jump } from "./marks/jumps";
import type { Painter } from "./marks/painter";
import type { Pictures } from "./marks/pictures";
import type { CoverageView } from "./overview/view";
import { UntrustedError, type Session } from "./server/session";
import type { TestRuns } from "./testing/runs";

export interface Parts {
  readonly session: Session;
  readonly pictures: Pictures;
  readonly painter: Painter;
  readonly runs: TestRuns;
  readonly view: CoverageView;
}

type Handler = (...args: never[]) => unknown;

/** What the server has to be told where a command comes from the palette, without arguments. */
const RUNS: Readonly<Record<string, () => unknown[]>> = {
  "minicov.runAll": () => [],
  "minicov.runTest": () => [],
  "minicov.runFile": () => lines().slice(0, 1),
  "minicov.runCoveringTests": lines,
  "minicov.runImpacted": () => [],
  "minicov.rerunLast": () => [],
  "minicov.rerunFailed": () => [],
  "minicov.openReport": () => [],
};

export function registerCommands(parts: Parts): vscode.Disposable {
  const { session, painter, view } = parts;
  const handlers: Record<string, Handler> = {
    "minicov.cancel": () => parts.runs.cancel(),
    "minicov.toggleMarks": () => toggle(painter),
    "minicov.peekCoveringTests": (uri?: string, range?: Lines["range"]) => peek(session, uri, range),
    "minicov.restartServer": () => session.restartByUser(),
    "minicov.showOutput": () => session.output.show(),
    "minicov.showMenu": () => menu(parts),
    "minicov.coverage.sort": () => view.chooseOrder(),
    "minicov.coverage.changedSince": () => view.chooseRef(),
    "minicov.coverage.showAll": () => view.showAll(),
    "minicov.coverage.refresh": () => view.refresh(),
  };
  for (const [name, defaults] of Object.entries(RUNS)) {
    handlers[name] = (...args: unknown[]) => execute(session, name, isFromServer(args) ? args : defaults());
  }
  for (const [name, jump] of Object.entries(JUMPS)) {
    handlers[name] = () => goToGap(parts, jump);
  }
  return vscode.Disposable.from(
    ...Object.entries(handlers).map(([name, handler]) =>
      vscode.commands.registerCommand(name, (...args: never[]) => told(() => handler(...args))),
    ),
  );
}

async function goToGap({ session, pictures }: Parts, jump: Jump): Promise<void> {
  // The walkthrough has a button for this, and is no editor.
  const editor = vscode.window.activeTextEditor ?? (await openMostMissed(await session.need(), pictures));
  const runs = editor && pictures.of(editor.document.uri)?.runs;
  const line = runs && nextGap(runs, editor.selection.active.line, jump);
  if (editor && line !== undefined) {
    goTo(editor, line);
  } else {
    vscode.window.setStatusBarMessage("minicov: there is no such line", 3000);
  }
}

/** Menus pass URIs and tree nodes along, which are nothing that the server knows. */
function isFromServer(args: readonly unknown[]): boolean {
  return args.length > 0 && (typeof args[0] === "string" || Array.isArray(args[0]));
}

/** Carries out a command; an error becomes a message. */
async function told(handler: () => unknown): Promise<unknown> {
  try {
    return await handler();
  } catch (error) {
    void warn(error);
    return undefined;
  }
}

async function warn(error: unknown): Promise<void> {
  const message = `minicov: ${error instanceof Error ? error.message : String(error)}`;
  const trust = "Manage Workspace Trust";
  if (await vscode.window.showWarningMessage(message, ...(error instanceof UntrustedError ? [trust] : []))) {
    await vscode.commands.executeCommand("workbench.trust.manage");
  }
}

async function execute(session: Session, name: string, args: readonly unknown[]): Promise<unknown> {
  if (name !== "minicov.openReport") {
    await vscode.workspace.saveAll(false);
  }
  return session.execute(name, args);
}

function lines(): unknown[] {
  const selected = selectedLines();
  if (!selected) {
    throw new Error("no file is open");
  }
  return [selected.uri, selected.range];
}

async function peek(session: Session, uri?: string, range?: Lines["range"]): Promise<void> {
  const asked = typeof uri === "string" && range ? { uri, range } : selectedLines();
  if (asked) {
    await peekCoveringTests(await session.need(), asked);
  }
}

function toggle(painter: Painter): void {
  const text = painter.toggle() ? "coverage marks are shown" : "coverage marks are hidden";
  vscode.window.setStatusBarMessage(`minicov: ${text}`, 3000);
}

async function menu({ session, runs }: Parts): Promise<void> {
  const items: (vscode.QuickPickItem & { command?: string })[] = [];
  const add = (icon: string, label: string, command: string) => items.push({ label: `$(${icon}) ${label}`, command });
  if (session.state === "missing" || session.state === "failed") {
    items.push({ label: session.problem, kind: vscode.QuickPickItemKind.Separator });
  } else if (vscode.workspace.isTrusted) {
    if (runs.current) {
      add("debug-stop", "Cancel the run", "minicov.cancel");
    }
    add("run-coverage", "Rerun the tests that cover the selection", "minicov.runCoveringTests");
    add("run-coverage", "Run the tests of this file", "minicov.runFile");
    add("run-all-coverage", "Run all tests", "minicov.runAll");
    add("git-commit", "Run the tests that changes since HEAD affect", "minicov.runImpacted");
    add("history", "Repeat the last run", "minicov.rerunLast");
    add("error", "Rerun the failed tests", "minicov.rerunFailed");
  }
  items.push({ label: "", kind: vscode.QuickPickItemKind.Separator });
  add("references", "Peek the tests that cover the selection", "minicov.peekCoveringTests");
  add("arrow-down", "Go to the next gap", "minicov.nextGap");
  add("list-tree", "Open the coverage view", "minicov.coverage.focus");
  add("eye", "Toggle coverage marks", "minicov.toggleMarks");
  add("debug-restart", "Restart the server", "minicov.restartServer");
  add("output", "Show the output", "minicov.showOutput");
  const chosen = await vscode.window.showQuickPick(items, { title: "minicov" });
  if (chosen?.command) {
    await vscode.commands.executeCommand(chosen.command);
  }
}
