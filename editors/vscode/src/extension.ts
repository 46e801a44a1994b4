/** Makes the parts, connects them, and takes them away again. */
import vscode = require("vscode");
import { registerCommands } from "./commands";
import { Painter } from "./marks/painter";
import { Pictures } from "./marks/pictures";
import { CoverageView } from "./overview/view";
import { onDidChooseInterpreter } from "./server/pythonExtension";
import { Session } from "./server/session";
import { changesServerPath, changesSettings } from "./settings";
import { StatusBar } from "./statusBar";
import { loadDetails } from "./testing/nativeCoverage";
import { Profiles } from "./testing/profiles";
import { TestRuns } from "./testing/runs";
import { TestTree } from "./testing/tree";

const output = vscode.window.createOutputChannel("minicov");
const opened = new Session(output);
// Already here, for VS Code calls activate() when its window, which is starting, has answered it some questions.
opened.startEarly();

/** For tests inside the extension host: the parts as they run. */
export interface Api {
  readonly session: Session;
  readonly pictures: Pictures;
  readonly tree: TestTree;
  readonly runs: TestRuns;
  readonly view: CoverageView;
  /** What VS Code's own coverage view is told of a file. */
  readonly details: (file: vscode.FileCoverage, test?: vscode.TestItem) => Promise<vscode.FileCoverageDetail[]>;
}

export function activate(context: vscode.ExtensionContext): Api {
  const pictures = new Pictures();
  const painter = new Painter(pictures);
  const controller = vscode.tests.createTestController("minicov", "minicov");
  const tree = new TestTree(controller);
  const runs = new TestRuns(tree);
  const profiles = new Profiles(opened, tree, runs);
  const view = new CoverageView(opened, context.workspaceState);

  const trusted = (): void => {
    profiles.offer();
    void followInterpreter(opened, context);
  };

  context.subscriptions.push(
    output,
    opened,
    pictures,
    painter,
    controller,
    tree,
    runs,
    profiles,
    view, // prettier-ignore
    new StatusBar(opened, pictures, runs),
    registerCommands({ session: opened, pictures, painter, runs, view }),
    opened.onDidConnect((client) => {
      pictures.connect(client);
      runs.connect(client);
      tree.connect(client);
      view.refreshSoon();
    }),
    opened.onDidChangeState((state) => {
      if (state !== "running") {
        runs.abandon();
      }
      view.refreshSoon();
    }),
    pictures.onDidChange(() => view.refreshSoon()),
    runs.onDidChange(() => view.refreshSoon()),
    vscode.workspace.onDidChangeConfiguration((event) => changesServerPath(event) && opened.restartByUser()),
    vscode.workspace.onDidChangeConfiguration((event) => changesSettings(event) && view.refreshSoon()),
    vscode.workspace.onDidGrantWorkspaceTrust(() => {
      trusted();
      void opened.restartByUser(); // now the workspace's own server and settings count
    }),
  );
  if (vscode.workspace.isTrusted) {
    trusted();
  }
  void opened.restart();
  const details: Api["details"] = (file, test) => loadDetails(opened.client, file, test);
  return { session: opened, pictures, tree, runs, view, details };
}

/** The interpreter chosen elsewhere decides which server is used, and runs the tests. */
async function followInterpreter(opened: Session, context: vscode.ExtensionContext): Promise<void> {
  const listening = await onDidChooseInterpreter(() => void opened.restartByUser());
  if (listening) {
    context.subscriptions.push(listening);
    await opened.reconsider();
  }
}

export async function deactivate(): Promise<void> {
  await opened.stop();
}
