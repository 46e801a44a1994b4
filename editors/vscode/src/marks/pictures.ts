/** What the server last said of each open document. */
import vscode = require("vscode");
import type { LanguageClient } from "vscode-languageclient/node";
import { GUTTERS, type Gutters } from "../protocol";

const LATE = 5000; // ms

export class Pictures implements vscode.Disposable {
  private readonly known = new Map<string, Gutters>();
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  /** The picture of this document is another one now. */
  readonly onDidChange = this.changed.event;
  private readonly closing = vscode.workspace.onDidCloseTextDocument((document) => this.forget(document.uri));

  /** Listens to a server that has just started. */
  connect(client: LanguageClient): void {
    client.onNotification(GUTTERS, (gutters: Gutters) => {
      const uri = vscode.Uri.parse(gutters.uri);
      this.known.set(uri.toString(), gutters);
      this.changed.fire(uri);
    });
  }

  of(uri: vscode.Uri): Gutters | undefined {
    const found = this.known.get(uri.toString());
    return found?.state === "none" ? undefined : found;
  }

  /** Resolves when a document has a picture, or after some seconds without. */
  async come(uri: vscode.Uri): Promise<void> {
    if (this.of(uri)) {
      return;
    }
    await new Promise<void>((resolve) => {
      const listening = this.onDidChange(() => this.of(uri) && end());
      const late = setTimeout(() => end(), LATE);
      const end = () => {
        listening.dispose();
        clearTimeout(late);
        resolve();
      };
    });
  }

  dispose(): void {
    this.closing.dispose();
    this.changed.dispose();
  }

  private forget(uri: vscode.Uri): void {
    if (this.known.delete(uri.toString())) {
      this.changed.fire(uri);
    }
  }
}
