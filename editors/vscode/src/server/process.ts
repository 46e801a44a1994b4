/** The process of a server. It starts before the language client that will talk to it is loaded: both take their time. */
import { spawn, type ChildProcess } from "node:child_process";
import type { ServerProgram } from "./lookup";

const KEPT_OF_STDERR = 4000; // characters
const LAST_WORDS = 1000; // ms from its end until its standard error is taken as read

export class ServerProcess {
  readonly child: ChildProcess;
  /** Resolves when it has ended, or could not be started: with its exit status and the last that it said, in words. */
  readonly ended: Promise<string>;
  private stderr = "";

  constructor(readonly program: ServerProgram) {
    const child = spawn(program.command, program.args, { stdio: "pipe" });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.stderr = (this.stderr + text).slice(-KEPT_OF_STDERR);
    });
    this.child = child;
    this.ended = new Promise((resolve) => {
      child.once("error", (error) => resolve(error.message));
      child.once("exit", (code, signal) => {
        const how = signal ? `ended by ${signal}` : `ended with status ${code ?? "unknown"}`;
        const tell = () => resolve([how, this.stderr.trim().split("\n").at(-1)].filter(Boolean).join(": "));
        // What it said last may not have been read yet; a run that it leaves behind may hold the pipe open.
        child.once("close", tell);
        setTimeout(tell, LAST_WORDS);
      });
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  kill(): void {
    this.child.kill();
  }
}
