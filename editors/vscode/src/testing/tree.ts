/** The tests of the workspace as items of the Testing view; the server finds them without running anything. */
import vscode = require("vscode");
import type { LanguageClient } from "vscode-languageclient/node";
import { TESTS, type FoundTest } from "../protocol";

const QUIET = 300; // ms after the last change until tests are looked for again

export class TestTree implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private timer: NodeJS.Timeout | undefined;
  private readonly untold = new Set<string>();
  private readonly subscriptions: vscode.Disposable[];

  constructor(readonly controller: vscode.TestController) {
    controller.refreshHandler = () => this.refresh();
    const watcher = vscode.workspace.createFileSystemWatcher("**/*.py");
    this.subscriptions = [
      watcher,
      watcher.onDidCreate(() => this.refreshSoon()),
      watcher.onDidDelete(() => this.refreshSoon()),
      watcher.onDidChange((uri) => isOpen(uri) || this.refreshSoon()), // what is open tells by itself
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.refreshSoon()),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length && document.languageId === "python" && document.uri.scheme === "file") {
          this.untold.add(document.uri.toString());
          this.refreshSoon(true);
        }
      }),
    ];
  }

  connect(client: LanguageClient): void {
    this.client = client;
    this.refreshSoon();
  }

  /** Asks for the tests of the whole workspace as it is on disk. */
  async refresh(): Promise<void> {
    const client = this.client;
    if (!client?.isRunning()) {
      return;
    }
    const files = await client.sendRequest<FoundTest[]>(TESTS, {});
    const roots = this.roots();
    const found = new Map<string, vscode.TestItem[]>([...roots.keys()].map((root) => [root, []]));
    for (const file of files) {
      const root = this.rootOf(vscode.Uri.parse(file.uri));
      found.get(root)?.push(this.item(file, client));
    }
    for (const [root, items] of found) {
      roots.get(root)?.replace(items);
    }
  }

  /** The item of a test; a parameter's item is made when it is first heard of. */
  find(id: string, folder: string): vscode.TestItem | undefined {
    const files = this.roots().get(this.rootOf(vscode.Uri.parse(folder)));
    const parts = id.split("::");
    const file = files?.get(itemId(folder, parts[0] ?? ""));
    let item = file;
    for (let length = 2; item && length <= parts.length; length++) {
      const here: string = parts.slice(0, length).join("::");
      item = item.children.get(itemId(folder, here)) ?? this.parameter(item, here, folder);
    }
    return item;
  }

  /** The items of all tests below some items, or below everything. */
  leaves(items?: Iterable<vscode.TestItem>): vscode.TestItem[] {
    const found: vscode.TestItem[] = [];
    const add = (item: vscode.TestItem): void => {
      const children = [...item.children].map(([, child]) => child);
      if (children.length && !children.every(isParameter)) {
        children.forEach(add);
      } else if (item.id.includes("::")) {
        found.push(item);
      }
    };
    for (const item of items ?? [...this.controller.items].map(([, child]) => child)) {
      add(item);
    }
    return found;
  }

  dispose(): void {
    clearTimeout(this.timer);
    vscode.Disposable.from(...this.subscriptions).dispose();
  }

  private refreshSoon(onlyDocuments = false): void {
    if (!onlyDocuments) {
      this.untold.clear();
    }
    const all = this.untold.size === 0;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const documents = [...this.untold];
      this.untold.clear();
      void (all ? this.refresh() : Promise.all(documents.map((uri) => this.refreshDocument(uri)))).catch(
        () => undefined,
      );
    }, QUIET);
  }

  private async refreshDocument(uri: string): Promise<void> {
    const client = this.client;
    if (!client?.isRunning()) {
      return;
    }
    const [found] = await client.sendRequest<FoundTest[]>(TESTS, { textDocument: { uri } });
    const files = this.roots().get(this.rootOf(vscode.Uri.parse(uri)));
    const folder = vscode.workspace.getWorkspaceFolder(vscode.Uri.parse(uri));
    if (found && files) {
      files.add(this.item(found, client, files.get(itemId(folder?.uri.toString() ?? "", found.id))));
    }
  }

  /** Where the files of each folder are: in an item of the folder's own if there are several. */
  private roots(): Map<string, vscode.TestItemCollection> {
    const folders = vscode.workspace.workspaceFolders ?? [];
    if (folders.length < 2) {
      return new Map(folders.map((folder) => [folder.uri.toString(), this.controller.items]));
    }
    const wanted = new Set(folders.map((folder) => folder.uri.toString()));
    this.controller.items.forEach((item) => wanted.has(item.id) || this.controller.items.delete(item.id));
    return new Map(
      folders.map((folder) => {
        const id = folder.uri.toString();
        const item = this.controller.items.get(id) ?? this.controller.createTestItem(id, folder.name, folder.uri);
        this.controller.items.add(item);
        return [id, item.children];
      }),
    );
  }

  private rootOf(uri: vscode.Uri): string {
    return vscode.workspace.getWorkspaceFolder(uri)?.uri.toString() ?? uri.toString();
  }

  /** An item for a test and what it holds; `before` is what was known of it. */
  private item(test: FoundTest, client: LanguageClient, before?: vscode.TestItem): vscode.TestItem {
    const uri = vscode.Uri.parse(test.uri);
    const id = itemId(this.rootOf(uri), test.id);
    const item = before ?? this.controller.createTestItem(id, test.label, uri);
    if (test.id.includes("::")) {
      item.range = client.protocol2CodeConverter.asRange(test.range);
    } else {
      item.description = test.id.split("/").slice(0, -1).join("/");
    }
    const parameters = [...item.children].map(([, child]) => child).filter(isParameter);
    const children = test.children.map((child) =>
      this.item(child, client, item.children.get(itemId(this.rootOf(uri), child.id))),
    );
    item.children.replace([...children, ...parameters]);
    return item;
  }

  private parameter(test: vscode.TestItem, id: string, folder: string): vscode.TestItem | undefined {
    const [bare = "", ...rest] = id.split("[");
    const parent = test.children.get(itemId(folder, bare));
    if (!parent || !rest.length) {
      return undefined;
    }
    const known = parent.children.get(itemId(folder, id));
    if (known) {
      return known;
    }
    const item = this.controller.createTestItem(itemId(folder, id), `[${rest.join("[")}`, parent.uri);
    item.range = parent.range;
    parent.children.add(item);
    return item;
  }
}

function isOpen(uri: vscode.Uri): boolean {
  return vscode.workspace.textDocuments.some((document) => document.uri.toString() === uri.toString());
}

const SEPARATOR = "\n"; // neither in a URI nor in the part of a node id before the parameters

function itemId(folder: string, id: string): string {
  return `${folder}${SEPARATOR}${id}`;
}

/** [URI of the folder, node id] of an item; a folder's own item has no node id. */
export function testOf(item: vscode.TestItem): [string, string] {
  const [folder = "", ...id] = item.id.split(SEPARATOR);
  return [folder, id.join(SEPARATOR)];
}

function isParameter(item: vscode.TestItem): boolean {
  return item.id.includes("[") && item.id.includes("::");
}
