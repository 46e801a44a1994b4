/** Runs of tests as the server tells them, shown as runs of the Testing view, whoever started them. */
import vscode = require("vscode");
import type { LanguageClient } from "vscode-languageclient/node";
import { TEST_RUN, type Outcome, type StartedRun, type TestRunEvent } from "../protocol";
import type { TestTree } from "./tree";

export interface RunState {
  readonly runId: string;
  readonly label: string;
  /** How many tests will run; 0 where that is not known. */
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  /** Undefined while it goes on. */
  readonly outcome?: Outcome | "cancelled";
}

/** What the Testing view asked for; others' runs have none. */
export interface Wish {
  readonly request: vscode.TestRunRequest;
  /** Called before the run is closed, once the new data is there. */
  readonly finishing?: (run: vscode.TestRun, folder: string) => Promise<void>;
}

interface Shown {
  state: RunState;
  readonly run: vscode.TestRun;
  readonly wish: Wish | undefined;
  readonly folder: string;
}

const FAILED: readonly string[] = ["failed", "error"];

export class TestRuns implements vscode.Disposable {
  private readonly shown = new Map<string, Shown>();
  private readonly wishes = new Map<string, Wish>();
  private readonly ends = new Map<string, () => void>();
  /** Starts that have not been answered yet: the server may tell of the run before it answers. */
  private starting = 0;
  private readonly held: TestRunEvent[] = [];
  private client: LanguageClient | undefined;
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;
  /** The last run that ended. */
  last: RunState | undefined;

  constructor(private readonly tree: TestTree) {}

  connect(client: LanguageClient): void {
    this.client = client;
    client.onNotification(TEST_RUN, (event: TestRunEvent) => {
      if (this.starting && !this.shown.has(event.runId)) {
        this.held.push(event);
      } else {
        this.take(event);
      }
    });
  }

  /** The run that goes on. */
  get current(): RunState | undefined {
    return [...this.shown.values()].at(-1)?.state;
  }

  /** Starts a run, has it shown as was wished, and resolves when it has ended. */
  async begin(start: () => Promise<StartedRun>, wish: Wish, token: vscode.CancellationToken): Promise<void> {
    this.starting++;
    let ended: Promise<void> | undefined;
    try {
      const { runId } = await start();
      this.wishes.set(runId, wish);
      ended = new Promise((resolve) => this.ends.set(runId, resolve));
      token.onCancellationRequested(() => void this.cancel(runId));
    } finally {
      this.starting--;
      if (!this.starting) {
        this.held.splice(0).forEach((event) => this.take(event));
      }
    }
    await ended;
  }

  async cancel(runId = this.current?.runId): Promise<void> {
    if (runId && this.client?.isRunning()) {
      await this.client.sendRequest("workspace/executeCommand", { command: "minicov.cancel", arguments: [runId] });
    }
  }

  /** The server is gone, and with it its runs. */
  abandon(): void {
    for (const [runId, { run }] of this.shown) {
      run.appendOutput("\r\nminicov's server ended during the run\r\n");
      this.close(runId);
    }
    [...this.ends.values()].forEach((end) => end());
    this.ends.clear();
  }

  dispose(): void {
    this.abandon();
    this.changed.dispose();
  }

  private take(event: TestRunEvent): void {
    if (event.event === "started") {
      this.open(event);
    }
    const shown = this.shown.get(event.runId);
    if (shown) {
      switch (event.event) {
        case "test":
          this.takeTest(shown, event);
          break;
        case "output":
          shown.run.appendOutput(event.text.replace(/\r?\n/g, "\r\n"));
          break;
        case "finished":
          void this.finish(shown, event);
          break;
      }
    } else if (event.event === "finished") {
      this.ends.get(event.runId)?.(); // it was cancelled before its turn came
      this.ends.delete(event.runId);
    }
    this.changed.fire();
  }

  private open({ runId, tests, label, folder }: TestRunEvent & { event: "started" }): void {
    const wish = this.wishes.get(runId);
    this.wishes.delete(runId);
    const named = tests.flatMap((id) => this.tree.find(id, folder) ?? []);
    const leaves = tests.length ? this.tree.leaves(named) : this.tree.leaves();
    const request = wish?.request ?? new vscode.TestRunRequest(tests.length ? named : undefined);
    const run = this.tree.controller.createTestRun(request, label);
    leaves.forEach((item) => run.enqueued(item));
    run.token.onCancellationRequested(() => void this.cancel(runId));
    const state = { runId, label, total: leaves.length, done: 0, failed: 0 };
    this.shown.set(runId, { state, run, wish, folder });
    void vscode.commands.executeCommand("setContext", "minicov.isRunning", true);
  }

  private takeTest(shown: Shown, event: TestRunEvent & { event: "test" }): void {
    const failed = FAILED.includes(event.outcome) ? 1 : 0;
    const done = shown.state.done + 1;
    const total = shown.state.total && Math.max(shown.state.total, done); // parameters are known only now
    shown.state = { ...shown.state, total, done, failed: shown.state.failed + failed };
    const item = this.tree.find(event.id, shown.folder);
    if (item) {
      tell(shown.run, item, event, this.client);
    }
  }

  private async finish(shown: Shown, event: TestRunEvent & { event: "finished" }): Promise<void> {
    this.last = { ...shown.state, outcome: event.outcome };
    shown.state = this.last;
    if (event.outcome !== "cancelled") {
      try {
        await shown.wish?.finishing?.(shown.run, shown.folder);
      } catch (error) {
        shown.run.appendOutput(`\r\ncoverage can't be shown: ${String(error)}\r\n`);
      }
    }
    this.close(event.runId);
  }

  private close(runId: string): void {
    this.shown.get(runId)?.run.end();
    this.shown.delete(runId);
    this.ends.get(runId)?.();
    this.ends.delete(runId);
    void vscode.commands.executeCommand("setContext", "minicov.isRunning", this.shown.size > 0);
    this.changed.fire();
  }
}

function tell(
  run: vscode.TestRun,
  item: vscode.TestItem,
  event: TestRunEvent & { event: "test" },
  client: LanguageClient | undefined,
): void {
  const milliseconds = event.duration * 1000;
  switch (event.outcome) {
    case "passed":
    case "xfailed":
      run.passed(item, milliseconds);
      break;
    case "skipped":
      run.skipped(item);
      break;
    case "error":
      run.errored(item, message(item, event, client), milliseconds);
      break;
    case "failed":
    case "xpassed":
      run.failed(item, message(item, event, client), milliseconds);
      break;
  }
}

/** Where it failed, as the server tells, else where the test begins. */
function message(
  item: vscode.TestItem,
  event: TestRunEvent & { event: "test" },
  client: LanguageClient | undefined,
): vscode.TestMessage {
  const told = new vscode.TestMessage(
    event.message ?? (event.outcome === "xpassed" ? "passed unexpectedly" : "failed"),
  );
  if (event.location && client) {
    told.location = client.protocol2CodeConverter.asLocation(event.location);
  } else if (item.uri && item.range) {
    told.location = new vscode.Location(item.uri, item.range.start);
  }
  return told;
}
