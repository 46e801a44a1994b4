/**
 * The server's actions in the light bulb's menu. VS Code keeps `source.*` out of it, where they are in the language
 * server protocol; but these are actions for the place where the cursor is.
 */
import vscode = require("vscode");
import type { FeatureState, ServerCapabilities, StaticFeature } from "vscode-languageclient/node";

function shownKind(kind: string): string {
  return kind.replace(/^source\.(?=minicov\b)/, "");
}

export function forLightBulb(action: vscode.Command | vscode.CodeAction): vscode.Command | vscode.CodeAction {
  if (action instanceof vscode.CodeAction && action.kind) {
    action.kind = vscode.CodeActionKind.Empty.append(shownKind(action.kind.value));
  }
  return action;
}

/** Tells VS Code the same of the kinds that the server announces: providers of source actions alone are not asked. */
export class LightBulbKinds implements StaticFeature {
  preInitialize(capabilities: ServerCapabilities): void {
    const provider = capabilities.codeActionProvider;
    if (typeof provider === "object" && provider.codeActionKinds) {
      provider.codeActionKinds = provider.codeActionKinds.map(shownKind);
    }
  }

  fillClientCapabilities(): void {
    // Nothing changes for the server.
  }

  initialize(): void {
    // All is done before.
  }

  getState(): FeatureState {
    return { kind: "static" };
  }

  clear(): void {
    // There is nothing to take back.
  }
}
