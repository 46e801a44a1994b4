/** One connection to one server process, with what the language client does not do by itself. */
import { spawn, type ChildProcess } from "node:child_process";
import * as vscode from "vscode";
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  type LanguageClientOptions,
  type Middleware,
  type ConfigurationParams,
} from "vscode-languageclient/node";
import { readServerSettings } from "../settings";
import { forLightBulb, LightBulbKinds } from "./lightBulb";
import { withLinks } from "../marks/hoverLinks";
import type { ServerProgram } from "./lookup";
import { chosenInterpreter } from "./pythonExtension";

const DOCUMENTS = [{ scheme: "file", language: "python" }];
const KEPT_OF_STDERR = 4000; // characters

export interface EndedServer {
  /** The last that it said on standard error, or its exit status in words. */
  readonly reason: string;
}

/** The language client, but that commands are registered by us: they exist before the server does. */
class Client extends LanguageClient {
  override registerFeature(feature: Parameters<LanguageClient["registerFeature"]>[0]): void {
    const registration = (feature as { registrationType?: { method: string } }).registrationType;
    if (registration?.method !== "workspace/executeCommand") {
      super.registerFeature(feature);
    }
  }
}

export class Connection implements vscode.Disposable {
  readonly client: LanguageClient;
  private process: ChildProcess | undefined;
  private stderr = "";
  private isStopping = false;

  constructor(
    private readonly program: ServerProgram,
    output: vscode.OutputChannel,
    private readonly ended: (how: EndedServer) => void,
  ) {
    this.client = new Client("minicov", "minicov", () => Promise.resolve(this.spawn(output)), this.options(output));
    this.client.registerFeature(new LightBulbKinds());
  }

  /** Resolves when the server has answered `initialize`. */
  async start(): Promise<void> {
    await this.client.start();
    // The client's promise resolves, too, if the connection closed at the wrong moment of its start.
    if (this.isStopping || !this.client.isRunning()) {
      throw new Error("it ended while it was starting");
    }
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    await this.abandon();
  }

  /** Lets go of a server that did not start; its end is still told. */
  async abandon(): Promise<void> {
    try {
      await this.client.dispose(5000);
    } catch {
      // It was not running, or did not answer in time.
    }
    this.process?.kill();
  }

  dispose(): void {
    void this.stop();
  }

  /** Its process, for people who want to look at it. */
  get pid(): number | undefined {
    return this.process?.pid;
  }

  private spawn(output: vscode.OutputChannel): ChildProcess {
    const { command, args } = this.program;
    output.appendLine(`starting ${[command, ...args].join(" ")}`);
    const child = spawn(command, args, { stdio: "pipe" });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.stderr = (this.stderr + text).slice(-KEPT_OF_STDERR);
    });
    child.once("error", (error) => this.tellEnd(error.message));
    child.once("exit", (code, signal) => {
      const said = this.stderr.trim().split("\n").at(-1);
      this.tellEnd(said ?? "", signal ? `ended by ${signal}` : `ended with status ${code ?? "unknown"}`);
    });
    this.process = child;
    return child;
  }

  private tellEnd(said: string, how = ""): void {
    if (!this.isStopping) {
      this.isStopping = true;
      this.ended({ reason: [how, said].filter(Boolean).join(": ") });
    }
  }

  private options(output: vscode.OutputChannel): LanguageClientOptions {
    return {
      documentSelector: DOCUMENTS,
      outputChannel: output,
      initializationOptions: { minicov: { gutters: true, testRuns: true } },
      markdown: { isTrusted: { enabledCommands: ["minicov.runCoveringTests", "minicov.peekCoveringTests"] } },
      synchronize: { configurationSection: "minicov" },
      middleware: middleware(),
      // Restarts are ours (session.ts): it can look for another program, and stops after some crashes.
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed: () => ({ action: CloseAction.DoNotRestart, handled: true }),
      },
      initializationFailedHandler: () => false,
    };
  }
}

function middleware(): Middleware {
  return {
    provideHover: async (document, position, token, next) =>
      withLinks(document, position, await next(document, position, token)),
    provideCodeActions: async (document, range, context, token, next) =>
      (await next(document, range, context, token))?.map(forLightBulb),
    workspace: { configuration: (params) => configuration(params) },
  };
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
