/** The coverage view: folders and files with bars, sorted and filtered as the user likes. */
import { realpathSync } from "node:fs";
import vscode = require("vscode");
import { percent, table } from "../figures";
import { FILES, type FileFigures } from "../protocol";
import { UntrustedError, type Session } from "../server/session";
import { filesChangedSince } from "./git";
import { bar, build, covered, type Entry, type Node, type Order } from "./tree";

const ORDERS: readonly { order: Order; label: string; description: string }[] = [
  { order: "path", label: "Path", description: "as in the explorer" },
  { order: "coverage", label: "Coverage", description: "least covered first" },
  { order: "risk", label: "Risk", description: "complex and uncovered functions first (CRAP)" },
  { order: "gain", label: "Gain", description: "first where covering one line brings most others with it" },
];
const QUIET = 300; // ms after a change of the data until the figures are asked for again

export class CoverageView implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly view: vscode.TreeView<Node>;
  private order: Order;
  /** Absolute paths of what has changed since a ref, which alone is shown; undefined shows all. */
  private filter: { ref: string; files: Set<string> } | undefined;
  private roots: Node[] = [];
  private timer: NodeJS.Timeout | undefined;
  private isStale = true;

  constructor(
    private readonly session: Session,
    private readonly memory: vscode.Memento,
  ) {
    this.order = memory.get<Order>("minicov.order", "path");
    this.view = vscode.window.createTreeView("minicov.coverage", { treeDataProvider: this, showCollapseAll: true });
    this.view.onDidChangeVisibility(({ visible }) => visible && this.isStale && this.refreshSoon());
  }

  /** Asks for the figures again when nothing has changed for a while, and somebody looks. */
  refreshSoon(): void {
    this.isStale = true;
    clearTimeout(this.timer);
    if (this.view.visible) {
      this.timer = setTimeout(() => void this.refresh(), QUIET);
    }
  }

  /** Asks for the figures, and where only changed files are shown, git for what has changed by now. */
  async refresh(): Promise<void> {
    const shown = this.filter;
    if (shown) {
      const files = await changedInFolders(shown.ref).catch(() => shown.files);
      if (this.filter === shown) {
        this.filter = { ref: shown.ref, files };
      }
    }
    await this.update();
  }

  private async update(): Promise<void> {
    const client = this.session.client;
    this.isStale = false;
    try {
      const files = client ? await client.sendRequest<FileFigures[]>(FILES, { figures: true }) : [];
      this.roots = this.trees(files);
      this.describe();
      const isEmpty = client !== undefined && !this.roots.length; // and not: not yet known
      void vscode.commands.executeCommand("setContext", "minicov.isEmpty", isEmpty);
    } catch (error) {
      this.view.message = `The figures can't be read: ${error instanceof Error ? error.message : String(error)}`;
    }
    this.changed.fire();
  }

  async chooseOrder(): Promise<void> {
    const chosen = await pickOrder(this.order);
    if (chosen) {
      await this.sortBy(chosen);
    }
  }

  async sortBy(order: Order): Promise<void> {
    this.order = order;
    await this.memory.update("minicov.order", order);
    await this.refresh();
  }

  /** Asks for a ref, and shows only what changed since then. */
  async chooseRef(): Promise<void> {
    const ref = await vscode.window.showInputBox({
      title: "Show only files changed since",
      prompt: "A commit, branch or tag of git",
      value: "HEAD",
    });
    if (ref) {
      await this.showChangedSince(ref);
    }
  }

  async showChangedSince(ref: string): Promise<void> {
    if (!vscode.workspace.isTrusted) {
      throw new UntrustedError("git, which may run what is configured in it, is not asked");
    }
    await this.show({ ref, files: await changedInFolders(ref) });
  }

  async showAll(): Promise<void> {
    await this.show(undefined);
  }

  getChildren(node?: Node): Node[] {
    return node ? node.children : this.roots.length === 1 ? (this.roots[0]?.children ?? []) : this.roots;
  }

  getTreeItem(node: Node): vscode.TreeItem {
    const { Collapsed, Expanded, None } = vscode.TreeItemCollapsibleState;
    const share = covered(node.summary);
    const item = new vscode.TreeItem(node.name, node.uri ? None : node.path ? Collapsed : Expanded);
    item.id = `${node.uri ?? ""}|${node.path}|${node.name}`;
    item.description = `${bar(share)} ${percent(together(node))}${this.reason(node)}`;
    item.tooltip = tooltip(node);
    item.iconPath = new vscode.ThemeIcon(node.uri ? "file-code" : "folder", colorOf(share));
    item.accessibilityInformation = { label: `${node.name}, ${percent(together(node))} covered` };
    if (node.uri) {
      item.resourceUri = vscode.Uri.parse(node.uri);
      item.command = { command: "vscode.open", title: "Open", arguments: [item.resourceUri] };
    }
    return item;
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.view.dispose();
    this.changed.dispose();
  }

  private async show(filter: CoverageView["filter"]): Promise<void> {
    this.filter = filter;
    await vscode.commands.executeCommand("setContext", "minicov.isFiltered", filter !== undefined);
    await this.update();
  }

  private trees(files: readonly FileFigures[]): Node[] {
    const shown = this.filter;
    return (vscode.workspace.workspaceFolders ?? [])
      .map((folder) => {
        const entries = files.flatMap((figures) => entryOf(figures, folder, shown?.files));
        return build(folder.name, entries, this.order);
      })
      .filter((root) => root.children.length);
  }

  private describe(): void {
    const order = ORDERS.find((each) => each.order === this.order)?.label.toLowerCase() ?? "";
    const [only] = this.roots;
    const told = [
      ...(this.roots.length === 1 && only ? [`${percent(together(only))} covered`] : []),
      `by ${order}`,
      ...(this.filter ? [`changed since ${this.filter.ref}`] : []),
    ];
    // Not as the view's description: VS Code has no room for that where a view is alone.
    this.view.message = this.roots.length ? told.join(" · ") : "";
  }

  /** What the order is by, where the bar does not tell. */
  private reason(node: Node): string {
    if (this.order === "risk") {
      return ` · risk ${Math.round(node.risk)}`;
    }
    return this.order === "gain" && node.gain ? ` · +${node.gain}` : "";
  }
}

/** Lets the user choose, with the order of now marked; undefined where they choose none. */
function pickOrder(now: Order): Promise<Order | undefined> {
  const picker = vscode.window.createQuickPick<vscode.QuickPickItem & { order: Order }>();
  picker.title = "Sort the files by";
  picker.items = ORDERS.map((each) => ({
    ...each,
    iconPath: new vscode.ThemeIcon(each.order === now ? "check" : "blank"),
  }));
  picker.activeItems = picker.items.filter(({ order }) => order === now);
  return new Promise((resolve) => {
    picker.onDidAccept(() => {
      resolve(picker.selectedItems[0]?.order);
      picker.hide();
    });
    picker.onDidHide(() => {
      resolve(undefined);
      picker.dispose();
    });
    picker.show();
  });
}

/** Absolute paths, of all folders of the workspace. Rejects with words for the user. */
async function changedInFolders(ref: string): Promise<Set<string>> {
  const files = new Set<string>();
  for (const folder of vscode.workspace.workspaceFolders ?? []) {
    try {
      (await filesChangedSince(folder.uri.fsPath, ref)).forEach((file) => files.add(file));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`git can't compare ${folder.name} with ${ref}: ${reason}`);
    }
  }
  return files;
}

function entryOf(
  figures: FileFigures,
  folder: vscode.WorkspaceFolder,
  shown: ReadonlySet<string> | undefined,
): Entry[] {
  const uri = vscode.Uri.parse(figures.uri);
  const owner = vscode.workspace.getWorkspaceFolder(uri);
  const isOutside = owner === undefined || owner.index !== folder.index;
  if (isOutside || (shown && !shown.has(uri.fsPath) && !shown.has(real(uri.fsPath)))) {
    return [];
  }
  return [{ path: vscode.workspace.asRelativePath(uri, false), figures }];
}

function real(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file; // it is gone; what ran of it is still known
  }
}

function together({ summary: { statements, branches } }: Node): [number, number] {
  return [statements[0] + branches[0], statements[1] + branches[1]];
}

function colorOf(share: number): vscode.ThemeColor {
  const color = share === 1 ? "testing.iconPassed" : share < 0.5 ? "testing.iconFailed" : "testing.iconQueued";
  return new vscode.ThemeColor(color);
}

function tooltip({ path, name, summary, risk, gain }: Node): vscode.MarkdownString {
  return new vscode.MarkdownString(
    [
      `**${path || name}**`,
      "",
      ...table(summary),
      `| riskiest function | ${risk.toFixed(1)} | |`,
      ...(gain ? [`| best gap brings | &emsp;${gain} statement${gain === 1 ? "" : "s"} | |`] : []),
    ].join("\n"),
  );
}
