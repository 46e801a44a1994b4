/** The interpreter that the user has chosen in Microsoft's Python extension, if there is one. */
import vscode = require("vscode");

const PYTHON_EXTENSION = "ms-python.python";

/** What we use of its public API (`@vscode/python-extension`, `PythonExtension.environments`). */
interface PythonApi {
  environments?: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { path: string };
    resolveEnvironment(environment: { path: string }): Promise<
      | {
          executable: { uri?: vscode.Uri };
        }
      | undefined
    >;
    onDidChangeActiveEnvironmentPath: vscode.Event<unknown>;
  };
}

async function environments(): Promise<PythonApi["environments"]> {
  const extension = vscode.extensions.getExtension<PythonApi | undefined>(PYTHON_EXTENSION);
  return (await extension?.activate())?.environments;
}

/** Whether it answers without having to be started first. */
export function isPythonExtensionActive(): boolean {
  return vscode.extensions.getExtension(PYTHON_EXTENSION)?.isActive ?? false;
}

/** Path of the interpreter; undefined without the extension, or where nothing is chosen in it. */
export async function chosenInterpreter(scope: vscode.Uri | undefined): Promise<string | undefined> {
  try {
    const api = await environments();
    const found = await api?.resolveEnvironment(api.getActiveEnvironmentPath(scope));
    return found?.executable.uri?.fsPath;
  } catch {
    return undefined; // that extension's failure is told by itself
  }
}

/** Calls back when the user chooses another interpreter. */
export async function onDidChooseInterpreter(changed: () => void): Promise<vscode.Disposable | undefined> {
  try {
    return (await environments())?.onDidChangeActiveEnvironmentPath(changed);
  } catch {
    return undefined;
  }
}
