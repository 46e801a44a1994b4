/** What the Testing view offers for tests: run, run with coverage, debug; and to run again at each save. */
import vscode = require("vscode");
import { askCoveringTests } from "../marks/coveringTests";
import type { StartedRun } from "../protocol";
import type { Session } from "../server/session";
import { debugTests } from "./debug";
import { addCoverage, loadDetails } from "./nativeCoverage";
import type { TestRuns, Wish } from "./runs";
import { testOf, type TestTree } from "./tree";

const ALL_LINES = { start: { line: 0, character: 0 }, end: { line: 1_000_000, character: 0 } };

export class Profiles implements vscode.Disposable {
  private profiles: vscode.TestRunProfile[] = [];

  constructor(
    private readonly session: Session,
    private readonly tree: TestTree,
    private readonly runs: TestRuns,
  ) {}

  /** Offers them; in a workspace that is not trusted that must not happen. */
  offer(): void {
    const create = this.tree.controller.createRunProfile.bind(this.tree.controller);
    const { Run, Coverage, Debug } = vscode.TestRunProfileKind;
    const run = create("Run", Run, (request, token) => this.handle(request, token, false), true, undefined, true);
    const coverage = create(
      "Run with Coverage",
      Coverage,
      (request, token) => this.handle(request, token, true),
      true,
      undefined,
      true,
    );
    coverage.loadDetailedCoverage = (_run, file) => loadDetails(this.session.client, file);
    coverage.loadDetailedCoverageForTest = (_run, file, test) => loadDetails(this.session.client, file, test);
    const debug = create("Debug", Debug, (request, token) => this.debug(request, token), true);
    this.profiles = [run, coverage, debug];
  }

  dispose(): void {
    this.profiles.forEach((profile) => profile.dispose());
  }

  private async handle(
    request: vscode.TestRunRequest,
    token: vscode.CancellationToken,
    withCoverage: boolean,
  ): Promise<void> {
    if (request.continuous) {
      this.runAtEachSave(request, token, withCoverage);
    } else {
      await this.run(request, token, withCoverage);
    }
  }

  /** One run for each folder that has some of the tests. */
  private async run(
    request: vscode.TestRunRequest,
    token: vscode.CancellationToken,
    withCoverage: boolean,
  ): Promise<void> {
    const wish: Wish = {
      request,
      ...(withCoverage && { finishing: (run, folder) => this.addCoverage(run, folder) }),
    };
    const starts = [...selection(this.tree, request)].map(
      ([folder, ids]) =>
        () =>
          this.start(ids, folder),
    );
    await Promise.all(starts.map((start) => this.begin(start, wish, token)));
  }

  private async begin(start: () => Promise<StartedRun>, wish: Wish, token: vscode.CancellationToken): Promise<void> {
    try {
      await this.runs.begin(start, wish, token);
    } catch (error) {
      void vscode.window.showErrorMessage(`minicov: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private start(ids: readonly string[], folder: string): Promise<StartedRun> {
    const command = ids.length ? "minicov.runTest" : "minicov.runAll";
    return this.session.execute(command, ids.length ? [ids, folder] : [folder]);
  }

  private async addCoverage(run: vscode.TestRun, folder: string): Promise<void> {
    if (this.session.client) {
      await addCoverage(this.session.client, this.tree, run, folder);
    }
  }

  /** After each save the tests that ran the saved file before run again, as far as they are wanted. */
  private runAtEachSave(request: vscode.TestRunRequest, token: vscode.CancellationToken, withCoverage: boolean): void {
    const saving = vscode.workspace.onDidSaveTextDocument((document) => {
      if (document.languageId === "python") {
        void this.runAfterSave(document, request, token, withCoverage);
      }
    });
    token.onCancellationRequested(() => void saving.dispose());
  }

  private async runAfterSave(
    document: vscode.TextDocument,
    request: vscode.TestRunRequest,
    token: vscode.CancellationToken,
    withCoverage: boolean,
  ): Promise<void> {
    const client = this.session.client;
    const folder = vscode.workspace.getWorkspaceFolder(document.uri)?.uri.toString();
    if (!client || !folder) {
      return;
    }
    const uri = document.uri.toString();
    const covering = await askCoveringTests(client, { uri, range: ALL_LINES });
    const own = this.tree.leaves(request.include).filter((item) => item.uri?.toString() === uri);
    const affected = [...own, ...covering.flatMap(({ id }) => this.tree.find(id, folder) ?? [])];
    const wanted = request.include ? affected.filter((item) => isWithin(item, request.include ?? [])) : affected;
    if (wanted.length) {
      const items = [...new Set(wanted)];
      await this.run(new vscode.TestRunRequest(items, request.exclude, request.profile, true), token, withCoverage);
    }
  }

  private async debug(request: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> {
    for (const folder of selection(this.tree, request).keys()) {
      const opened = vscode.workspace.getWorkspaceFolder(vscode.Uri.parse(folder));
      if (opened) {
        await debugTests(this.tree, request, opened, token);
      }
    }
  }
}

/** {folder: node ids} of what is asked for; no ids are everything in that folder. */
export function selection(tree: TestTree, request: vscode.TestRunRequest): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const excluded = new Set(request.exclude);
  if (!request.include && !excluded.size) {
    for (const folder of vscode.workspace.workspaceFolders ?? []) {
      found.set(folder.uri.toString(), []);
    }
    return found;
  }
  const items = excluded.size
    ? tree.leaves(request.include).filter((item) => !isWithin(item, [...excluded]))
    : new Set(request.include); // VS Code may name one twice
  for (const item of items) {
    const [folder, id] = testOf(item);
    if (id) {
      found.set(folder, [...(found.get(folder) ?? []), id]);
    } else {
      found.set(folder, []);
    }
  }
  return found;
}

function isWithin(item: vscode.TestItem, around: readonly vscode.TestItem[]): boolean {
  for (let at: vscode.TestItem | undefined = item; at; at = at.parent) {
    if (around.includes(at)) {
      return true;
    }
  }
  return false;
}
