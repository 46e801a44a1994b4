/** One connection to one server process, with what the language client does not do by itself. */
import vscode = require("vscode");
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  type LanguageClientOptions,
  type Middleware,
  type ConfigurationParams,
  type ShowDocumentResult,
} from "vscode-languageclient/node";
import { readServerSettings } from "../settings";
import { forLightBulb, LightBulbKinds } from "./lightBulb";
import { withLinks } from "../marks/hoverLinks";
import { chosenInterpreter } from "./pythonExtension";
import type { ServerProcess } from "./process";

const DOCUMENTS = [{ scheme: "file", language: "python" }];

/**
 * The language client, but that commands are registered by us: they exist before the server does; and that what fails
 * while a server starts or ends is only logged: session.ts tells of that, once. VS Code hides what comes after five
 * notifications in a row.
 */
class Client extends LanguageClient {
  override error(message: string, data?: unknown, show: boolean | "force" = true): void {
    super.error(message, data, this.isRunning() && show);
  }

  override registerFeature(feature: Parameters<LanguageClient["registerFeature"]>[0]): void {
    const registration = (feature as { registrationType?: { method: string } }).registrationType;
    if (registration?.method !== "workspace/executeCommand") {
      super.registerFeature(feature);
    }
  }
}

export class Connection {
  readonly client: LanguageClient;
  /** Resolves when the server, which asks for them right after its start, has its settings; or when it has ended. */
  readonly configured: Promise<unknown>;

  constructor(
    private readonly process: ServerProcess,
    output: vscode.OutputChannel,
  ) {
    let answered = (): void => undefined;
    this.configured = Promise.race([new Promise<void>((resolve) => (answered = resolve)), process.ended]);
    const told = () => setImmediate(answered); // after the answer has been written
    this.client = new Client("minicov", "minicov", () => Promise.resolve(process.child), options(output, told));
    this.client.registerFeature(new LightBulbKinds());
  }

  /** Resolves when the server has answered `initialize`. */
  async start(): Promise<void> {
    const early = this.process.ended.then((how) => {
      throw new Error(`it ended while it was starting: ${how}`);
    });
    await Promise.race([this.client.start(), early]);
    // The client's promise resolves, too, if the connection closed at the wrong moment of its start.
    if (!this.client.isRunning()) {
      throw new Error("the connection closed while it was starting");
    }
  }

  /** Ends the server, in good order if it still listens. */
  async stop(): Promise<void> {
    try {
      await this.client.dispose(5000);
    } catch {
      // It was not running, or did not answer in time.
    }
    this.process.kill();
  }
}

function options(output: vscode.OutputChannel, configured: () => void): LanguageClientOptions {
  return {
    documentSelector: DOCUMENTS,
    outputChannel: output,
    initializationOptions: { minicov: { gutters: true, testRuns: true } },
    markdown: { isTrusted: { enabledCommands: ["minicov.runCoveringTests", "minicov.peekCoveringTests"] } },
    synchronize: { configurationSection: "minicov" },
    middleware: middleware(configured),
    // Restarts are ours (session.ts): it can look for another program, and stops after some crashes.
    errorHandler: {
      error: () => ({ action: ErrorAction.Continue, handled: true }),
      closed: () => ({ action: CloseAction.DoNotRestart, handled: true }),
    },
    initializationFailedHandler: () => false,
  };
}

function middleware(configured: () => void): Middleware {
  return {
    provideHover: async (document, position, token, next) =>
      withLinks(document, position, await next(document, position, token)),
    provideCodeActions: async (document, range, context, token, next) =>
      (await next(document, range, context, token))?.map(forLightBulb),
    workspace: { configuration: (params) => configuration(params).finally(configured) },
    // A file is where the server is: no browser on another machine, nor the one that VS Code runs in, can open it.
    // VS Code would say that it had.
    window: {
      showDocument: async (params, next) =>
        params.external && isElsewhere(params.uri)
          ? { success: false }
          : ((await next(params, new vscode.CancellationTokenSource().token)) as ShowDocumentResult),
    },
  };
}

function isElsewhere(uri: string): boolean {
  const isRemote = vscode.env.remoteName !== undefined || vscode.env.uiKind === vscode.UIKind.Web;
  return isRemote && vscode.Uri.parse(uri).scheme === "file";
}

/** Answers `workspace/configuration`: only what the user has set, and the interpreter chosen elsewhere. */
async function configuration(params: ConfigurationParams): Promise<unknown[]> {
  return Promise.all(
    params.items.map(async (item) => {
      const scope = item.scopeUri ? vscode.Uri.parse(item.scopeUri) : undefined;
      const told = readServerSettings(scope);
      if (!told.python && vscode.workspace.isTrusted) {
        const chosen = await chosenInterpreter(scope);
        return chosen ? { ...told, python: chosen } : told;
      }
      return told;
    }),
  );
}
