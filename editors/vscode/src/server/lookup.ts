/** Finds the language server: which program to start, or what to tell the user. */
import { execFile } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";
import vscode = require("vscode");
import { chosenInterpreter, isPythonExtensionActive } from "./pythonExtension";

const OLDEST_PYTHON = [3, 11] as const;
const PROGRAM = process.platform === "win32" ? "minicov-lsp.exe" : "minicov-lsp";
const BIN = process.platform === "win32" ? "Scripts" : "bin";

export interface ServerProgram {
  readonly command: string;
  readonly args: readonly string[];
}

/** No server can be started; the message says what to do. */
export class NoServerError extends Error {}

/**
 * The program to start. The Python extension may take seconds to start itself: while it does, and there is a server
 * elsewhere, it is not waited for (Session.reconsider comes later).
 * In an untrusted workspace nothing that lies in it, or was chosen for it, is looked at: VS Code itself withholds
 * `minicov.server.path` of the workspace there.
 */
export async function findServer(setting: string): Promise<ServerProgram> {
  if (setting) {
    return fromSetting(expand(setting));
  }
  for await (const candidate of candidates()) {
    if (isProgram(candidate)) {
      return { command: candidate, args: [] };
    }
  }
  throw new NoServerError(
    "minicov's language server was not found. Install it (pipx install minicov), or say where it is in minicov.server.path.",
  );
}

async function* candidates(): AsyncGenerator<string> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (vscode.workspace.isTrusted) {
    if (isPythonExtensionActive()) {
      yield* besideInterpreter(folders[0]?.uri);
    }
    for (const folder of folders) {
      for (const environment of [".venv", "venv"]) {
        yield path.join(folder.uri.fsPath, environment, BIN, PROGRAM);
      }
    }
  }
  for (const entry of (process.env.PATH ?? "").split(path.delimiter)) {
    // A relative entry would lead into whatever folder is current.
    if (path.isAbsolute(entry)) {
      yield path.join(entry, PROGRAM);
    }
  }
  if (vscode.workspace.isTrusted && !isPythonExtensionActive()) {
    yield* besideInterpreter(folders[0]?.uri);
  }
}

async function* besideInterpreter(scope: vscode.Uri | undefined): AsyncGenerator<string> {
  const interpreter = await chosenInterpreter(scope);
  if (interpreter) {
    yield path.join(path.dirname(interpreter), PROGRAM);
  }
}

async function fromSetting(setting: string): Promise<ServerProgram> {
  if (!isProgram(setting)) {
    throw new NoServerError(
      `minicov.server.path: ${setting} is not a program that can be run. Correct it, or leave it empty: then the server is looked for.`,
    );
  }
  if (!/^python[\d.]*(\.exe)?$/i.test(path.basename(setting))) {
    return { command: setting, args: [] };
  }
  await checkPython(setting);
  return { command: setting, args: ["-m", "minicov_lsp", "lsp"] };
}

async function checkPython(interpreter: string): Promise<void> {
  const ask = "import importlib.util as u, sys; print(*sys.version_info[:2], u.find_spec('minicov_lsp') is not None)";
  let answer: string;
  try {
    answer = (await promisify(execFile)(interpreter, ["-I", "-c", ask], { timeout: 20_000 })).stdout.trim();
  } catch (error) {
    throw new NoServerError(`minicov.server.path: ${interpreter} can't be run: ${lastLine(error)}`);
  }
  const [major = 0, minor = 0] = answer.split(" ").map(Number);
  if (major < OLDEST_PYTHON[0] || (major === OLDEST_PYTHON[0] && minor < OLDEST_PYTHON[1])) {
    throw new NoServerError(
      `minicov.server.path: ${interpreter} is Python ${major}.${minor}; minicov's server needs ${OLDEST_PYTHON.join(".")} or later. ` +
        "Tests may run on any Python: that is the setting minicov.python.",
    );
  }
  if (!answer.endsWith("True")) {
    throw new NoServerError(
      `minicov.server.path: minicov is not installed in ${interpreter}. Install it: ${interpreter} -m pip install minicov`,
    );
  }
}

function lastLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().split("\n").at(-1) ?? text;
}

function expand(setting: string): string {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? "";
  const expanded = setting
    .replace(/^~(?=[/\\])/, process.env.HOME ?? process.env.USERPROFILE ?? "~")
    .replaceAll("${workspaceFolder}", folder);
  return path.isAbsolute(expanded) ? expanded : path.resolve(folder, expanded);
}

/** Asked at once: an extension host that starts lets everything that waits for the disk wait for all others too. */
function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
