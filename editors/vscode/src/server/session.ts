/** The server over time: start, restart, crash, stop; one of these at a time. */
import vscode = require("vscode");
import type { LanguageClient } from "vscode-languageclient/node";
import { readServerPath } from "../settings";
import type { Connection } from "./client";
import { CrashCount } from "./crashes";
import { findServer, NoServerError, type ServerProgram } from "./lookup";
import { ServerProcess } from "./process";

export type ServerState = "starting" | "running" | "missing" | "failed" | "stopped";

/** Something that must not happen in a workspace as long as nobody says that it is to be trusted. */
export class UntrustedError extends Error {
  constructor(consequence: string) {
    super(`this workspace is not trusted: ${consequence}`);
  }
}

export class Session implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<ServerState>();
  private readonly connected = new vscode.EventEmitter<LanguageClient>();
  /** The state is another one now. */
  readonly onDidChangeState = this.changed.event;
  /** A server runs and has been initialized; listeners subscribe to its notifications. */
  readonly onDidConnect = this.connected.event;

  private process: ServerProcess | undefined;
  /** It runs, and nobody talks to it yet. */
  private early: ServerProcess | undefined;
  private connection: Connection | undefined;
  private readonly crashes = new CrashCount();
  private queue: Promise<void> = Promise.resolve();
  private isQueued = false;
  private isDisposed = false;
  private current: ServerState = "stopped";
  /** Why there is no server, for the user; "" while there is one. */
  problem = "";

  constructor(readonly output: vscode.OutputChannel) {}

  get state(): ServerState {
    return this.current;
  }

  get pid(): number | undefined {
    return this.process?.pid;
  }

  /** The client of the server that runs now. */
  get client(): LanguageClient | undefined {
    return this.current === "running" ? this.connection?.client : undefined;
  }

  /** The client, once a start that goes on has ended; an error says why there is none. */
  async need(): Promise<LanguageClient> {
    await this.queue;
    if (!this.client) {
      throw new Error(this.problem || "the server does not run");
    }
    return this.client;
  }

  /** Has the server carry out one of its commands; all of them run something, so the workspace must be trusted. */
  async execute<T>(command: string, args: readonly unknown[]): Promise<T> {
    if (!vscode.workspace.isTrusted) {
      throw new UntrustedError("coverage is shown, nothing is run");
    }
    const client = await this.need();
    await this.connection?.configured; // a run needs to know its interpreter
    return client.sendRequest<T>("workspace/executeCommand", { command, arguments: args });
  }

  /** Starts a server's process, with which the first restart() connects: so both start at the same time. */
  startEarly(): void {
    this.queue = Promise.resolve() // right after the module's load, which settings and disk would make longer
      .then(() => findServer(readServerPath()))
      .then(
        (program) => void (this.early = this.spawn(program)),
        () => undefined, // restart() comes to the same end, and tells
      );
  }

  /** Stops what runs and starts anew; one restart at a time, and at most one more waits. */
  restart(): Promise<void> {
    if (!this.isQueued) {
      this.isQueued = true;
      this.queue = this.queue.then(() => {
        this.isQueued = false;
        return this.startAnew();
      });
    }
    return this.queue;
  }

  /** The user asks for it: crashes of before no longer count. */
  restartByUser(): Promise<void> {
    this.crashes.forget();
    return this.restart();
  }

  /** More is known of where servers are: another one is started if that is now the one to use. */
  async reconsider(): Promise<void> {
    await this.queue;
    const program = await findServer(readServerPath()).catch(() => undefined);
    if (program && program.command !== this.process?.program.command) {
      await this.restartByUser();
    }
  }

  dispose(): void {
    void this.stop();
  }

  /** Ends the server; nothing starts it again. */
  async stop(): Promise<void> {
    this.isDisposed = true;
    await this.end();
    this.changed.dispose();
    this.connected.dispose();
  }

  /** Ends the server, in good order if it still listens. */
  private async end(): Promise<void> {
    const { connection, process } = this;
    await connection?.stop();
    process?.kill();
  }

  private async startAnew(): Promise<void> {
    if (this.isDisposed) {
      return;
    }
    this.set("starting");
    try {
      const process = (await this.takeEarly()) ?? this.spawn(await findServer(readServerPath()));
      const { Connection } = await import("./client.js"); // while the server starts
      const connection = new Connection(process, this.output);
      this.connection = connection;
      await connection.start();
      this.set("running");
      this.connected.fire(connection.client);
    } catch (error) {
      if (error instanceof NoServerError) {
        this.giveUp("missing", error.message);
      } else {
        this.output.appendLine(`the server did not start: ${String(error)}`);
        await this.end(); // hasEnded decides what then
      }
    }
  }

  /** The process that was started early, if it is there; else what there was has ended. */
  private async takeEarly(): Promise<ServerProcess | undefined> {
    const { early } = this;
    this.early = undefined;
    if (early && early === this.process) {
      return early;
    }
    const ending = this.end();
    this.connection = this.process = undefined; // whose end is no crash
    await ending;
    return undefined;
  }

  private spawn(program: ServerProgram): ServerProcess {
    this.output.appendLine(`starting ${[program.command, ...program.args].join(" ")}`);
    const process = new ServerProcess(program);
    this.process = process;
    void process.ended.then((how) => this.hasEnded(process, how));
    return process;
  }

  private hasEnded(process: ServerProcess, how: string): void {
    if (this.isDisposed || process !== this.process) {
      return;
    }
    this.output.appendLine(`the server ${how}`);
    const mayRestart = this.crashes.mayRestart();
    if (process === this.early) {
      this.early = this.process = undefined; // the first restart(), which is still to come, starts the next
    } else if (mayRestart) {
      void this.restart();
    } else {
      this.giveUp("failed", `minicov's server ended 5 times within 3 minutes and is not started again. It ${how}`);
    }
  }

  private giveUp(state: "missing" | "failed", message: string): void {
    this.output.appendLine(message);
    this.set(state, message);
    void this.explain(state, message);
  }

  private async explain(state: "missing" | "failed", message: string): Promise<void> {
    const again = state === "missing" ? "Try Again" : "Start Again";
    const more = state === "missing" ? "Set It Up" : "Show Output";
    const answer = await vscode.window.showErrorMessage(message, again, more);
    if (answer === again) {
      await this.restartByUser();
    } else if (answer === "Show Output") {
      this.output.show();
    } else if (answer === "Set It Up") {
      await vscode.commands.executeCommand("workbench.action.openWalkthrough", "minicov.minicov#minicov.start");
    }
  }

  private set(state: ServerState, problem = ""): void {
    this.problem = problem;
    this.current = state;
    void vscode.commands.executeCommand("setContext", "minicov.serverState", state);
    this.changed.fire(state);
  }
}
