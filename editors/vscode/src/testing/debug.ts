/** Debugging tests: pytest under the debugger of the Python extension; outcomes are read off its summary. */
import vscode = require("vscode");
import { testOf, type TestTree } from "./tree";

const DEBUGGER = "ms-python.debugpy";
const SUMMARY = /^(PASSED|FAILED|ERROR|XFAIL|XPASS) ([^\s].*?)(?: - (.*))?$/gm;

/** What to launch for some tests of a folder; no ids are all tests. */
export function debugConfiguration(
  ids: readonly string[],
  folder: string,
  python: string,
  testArgs: readonly string[],
): vscode.DebugConfiguration {
  return {
    name: ids.length === 1 ? `Debug ${ids[0]}` : "Debug tests",
    type: "debugpy",
    request: "launch",
    module: "pytest",
    args: [...testArgs, "-rA", "-p", "no:cacheprovider", ...ids],
    cwd: folder,
    console: "internalConsole",
    justMyCode: true,
    ...(python && { python }),
  };
}

/** One outcome of pytest's short summary (`-rA`). */
export interface Told {
  readonly outcome: string;
  readonly id: string;
  readonly message: string | undefined;
}

export function readSummary(output: string): Told[] {
  return [...output.matchAll(SUMMARY)].map(([, outcome = "", id = "", message]) => ({ outcome, id, message }));
}

/** Debugs the tests of one folder and tells their outcomes to a run. */
export async function debugTests(
  tree: TestTree,
  request: vscode.TestRunRequest,
  folder: vscode.WorkspaceFolder,
  token: vscode.CancellationToken,
): Promise<void> {
  if (!vscode.extensions.getExtension(DEBUGGER)) {
    void askForDebugger();
    return;
  }
  const run = tree.controller.createTestRun(request, "Debugging");
  const items = tree.leaves(request.include);
  items.forEach((item) => run.started(item));
  const section = vscode.workspace.getConfiguration("minicov", folder);
  const ids = [...new Set(request.include?.map((item) => testOf(item)[1]).filter(Boolean))];
  const configuration = debugConfiguration(
    ids,
    folder.uri.fsPath,
    section.get("python", ""),
    section.get("testArgs", []),
  );
  const output = await debugged(folder, configuration, run, token);
  for (const { outcome, id, message } of readSummary(output)) {
    const item = tree.find(id, folder.uri.toString());
    if (item && (outcome === "PASSED" || outcome === "XFAIL")) {
      run.passed(item);
    } else if (item) {
      run.failed(item, new vscode.TestMessage(message ?? outcome.toLowerCase()));
    }
  }
  run.end();
}

async function askForDebugger(): Promise<void> {
  const message = `minicov: to debug tests, install the Python Debugger extension (${DEBUGGER}).`;
  if (await vscode.window.showErrorMessage(message, "Find It")) {
    await vscode.commands.executeCommand("workbench.extensions.search", `@id:${DEBUGGER}`);
  }
}

/** All that the debugged process wrote. */
async function debugged(
  folder: vscode.WorkspaceFolder,
  configuration: vscode.DebugConfiguration,
  run: vscode.TestRun,
  token: vscode.CancellationToken,
): Promise<string> {
  let output = "";
  const mark = { ...configuration, minicovRun: `${Date.now()}-${Math.random()}` };
  const mine = (session: vscode.DebugSession) => session.configuration.minicovRun === mark.minicovRun;
  const subscriptions: vscode.Disposable[] = [];
  const ended = new Promise<void>((resolve) => {
    subscriptions.push(
      vscode.debug.onDidTerminateDebugSession((session) => mine(session) && resolve()),
      vscode.debug.registerDebugAdapterTrackerFactory(configuration.type, {
        createDebugAdapterTracker: (session) =>
          mine(session) ? { onDidSendMessage: (message: Message) => (output += written(message, run)) } : undefined,
      }),
    );
  });
  try {
    if (await vscode.debug.startDebugging(folder, mark, { testRun: run })) {
      token.onCancellationRequested(() => void vscode.debug.stopDebugging());
      await ended;
    }
  } finally {
    vscode.Disposable.from(...subscriptions).dispose();
  }
  return output;
}

interface Message {
  event?: string;
  body?: { category?: string; output?: string };
}

function written(message: Message, run: vscode.TestRun): string {
  const text = message.event === "output" && message.body?.category !== "telemetry" ? message.body?.output : undefined;
  if (text) {
    run.appendOutput(text.replace(/\r?\n/g, "\r\n"));
  }
  return text ?? "";
}
