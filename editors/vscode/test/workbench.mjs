// A real VS Code workbench and extension host (code-server) in headless Chromium.
//
//   CODE_SERVER   its program                    NODE_CS   the node that runs it, if not its own choice
//   CHROMIUM      default: chromium on PATH      MINICOV   an environment's bin folder with minicov, minicov-lsp, python
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const EXTENSION = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const REPOSITORY = path.resolve(EXTENSION, "../..");
const PATIENCE = Number(process.env.PATIENCE ?? 90) * 1000; // ms after which something must be wrong, also on a busy machine

const SETTINGS = {
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.colorTheme": "Default Dark Modern",
  "workbench.enableExperiments": false,
  "telemetry.telemetryLevel": "off",
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  "extensions.ignoreRecommendations": true,
  "editor.minimap.enabled": false,
  "editor.cursorBlinking": "solid",
  "editor.accessibilitySupport": "off",
  "debug.allowBreakpointsEverywhere": true, // Python's debugger is an extension that is not there
  "git.enabled": false,
  "files.exclude": { "**/__pycache__": true }, // else quick open offers its files, too
  "remote.autoForwardPorts": false,
  "chat.commandCenter.enabled": false,
  "security.workspace.trust.startupPrompt": "never",
  "security.workspace.trust.untrustedFiles": "open",
  "testing.automaticallyOpenTestResults": "neverOpen",
};

/** One code-server and one browser; windows are opened on them. */
export class Workbench {
  constructor({ settings = {}, trust = true } = {}) {
    this.root = fs.mkdtempSync(path.join(os.tmpdir(), "minicov-vscode-"));
    this.bin = path.resolve(process.env.MINICOV);
    this.trust = trust;
    this.settings = {
      ...SETTINGS,
      "minicov.server.path": path.join(this.bin, "minicov-lsp"),
      "minicov.python": path.join(this.bin, "python"),
      ...settings,
    };
    this.version = 0; // of the settings
    this.developed = ""; // the folder of an extension that windows get beside the packaged one
  }

  folder(name) {
    const full = path.join(this.root, name);
    fs.mkdirSync(full, { recursive: true });
    return full;
  }

  /** A copy of the sample project; with data of a run of its tests if that is wanted. */
  project(name, { data = true } = {}) {
    const here = path.join(this.folder("projects"), name);
    fs.cpSync(path.join(REPOSITORY, "tests/projects/demo"), here, {
      recursive: true,
      filter: (file) => !/__pycache__|\.pytest_cache|\.coverage/.test(file),
    });
    if (data) {
      this.minicov(here, "run", "-m", "pytest", "-q");
    }
    return here;
  }

  minicov(here, ...args) {
    execFileSync(path.join(this.bin, "minicov"), args, { cwd: here, stdio: "pipe" });
  }

  /** What the title of a window says that has read the settings. */
  get title() {
    return `minicov's settings ${this.version}`;
  }

  writeSettings(more = {}) {
    this.version++;
    this.settings = { ...this.settings, ...more, "window.title": this.title };
    // A browser's window is a remote one: of minicov.server.path, whose scope is the machine, those of the user count
    // only until it knows that scope.
    for (const level of ["User", "Machine"]) {
      fs.writeFileSync(
        path.join(this.folder(`data/${level}`), "settings.json"),
        JSON.stringify(this.settings, null, 2),
      );
    }
  }

  async start() {
    this.writeSettings();
    const dirs = ["--user-data-dir", this.folder("data"), "--extensions-dir", this.folder("extensions")];
    const env = {
      ...process.env,
      XDG_CONFIG_HOME: this.folder("config"),
      XDG_DATA_HOME: this.folder("share"),
      HOME: this.folder("home"),
    };
    delete env.VSCODE_IPC_HOOK_CLI;
    const [program, ...first] = process.env.NODE_CS
      ? [process.env.NODE_CS, fs.realpathSync(process.env.CODE_SERVER)]
      : [process.env.CODE_SERVER];
    const vsix = path.join(EXTENSION, "minicov.vsix");
    execFileSync(program, [...first, ...dirs, "--install-extension", vsix], { env, stdio: "pipe" });
    this.installed?.(path.join(this.root, "extensions"));
    this.port = await freePort();
    const address = `127.0.0.1:${this.port}`;
    const more = [
      "--auth",
      "none",
      "--disable-telemetry",
      "--disable-update-check",
      "--disable-getting-started-override",
    ];
    const log = fs.openSync(path.join(this.root, "server.log"), "w");
    this.server = spawn(
      program,
      [...first, ...dirs, "--bind-addr", address, ...more, ...(this.trust ? ["--disable-workspace-trust"] : [])],
      { env, stdio: ["ignore", log, log], detached: true },
    );
    process.once("exit", () => this.kill()); // also where a script ends by an error
    await until("code-server", () => this.answers(), Boolean);
    this.context = await chromium.launchPersistentContext(this.folder("chromium"), {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      headless: true,
      timeout: PATIENCE,
      viewport: { width: 1280, height: 800 },
      env: { ...process.env, HOME: this.folder("home") },
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        // The workbench asks for its gallery of extensions: nothing but this machine exists.
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
      ],
    });
    this.context.setDefaultTimeout(PATIENCE);
    this.blank = this.context.pages()[0] ?? (await this.context.newPage());
    return this;
  }

  remote(file) {
    return `vscode-remote://127.0.0.1:${this.port}${path.resolve(file)}`;
  }

  /** The address of a window on a folder or a .code-workspace file; `payload` is [[name, value], …]. */
  address(folder, payload = []) {
    const kind = folder.endsWith(".code-workspace") ? "workspace" : "folder";
    const told = encodeURIComponent(JSON.stringify(payload));
    return `http://127.0.0.1:${this.port}/?${kind}=${encodeURIComponent(folder)}&payload=${told}`;
  }

  /** A window with some files open, the last one in front. */
  async open(folder, ...files) {
    const page = await this.context.newPage();
    const payload = files.map((file) => ["openFile", this.remote(file)]);
    if (this.developed) {
      payload.push(["extensionDevelopmentPath", this.remote(this.developed)]);
    }
    await this.load(page, () => page.goto(this.address(folder, payload)));
    return page;
  }

  /** Loads a window, also once more; `go` does it. */
  load(page, go = () => page.reload()) {
    const isRead = async () => (await page.title()).includes(this.title);
    return seeing(async () => {
      await go();
      return until("settings", isRead, Boolean, PATIENCE / 3).catch(() => false);
    });
  }

  /** Takes everything down; the log of code-server is given if that is wanted. */
  async stop(withLog = false) {
    await this.context?.close();
    if (this.server && this.server.exitCode === null) {
      const gone = new Promise((resolve) => this.server.once("exit", resolve));
      this.kill();
      await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, 5000))]);
    }
    const log = withLog ? this.logs() : "";
    if (!process.env.KEEP) {
      fs.rmSync(this.root, { recursive: true, force: true, maxRetries: 5 });
    }
    return log;
  }

  kill() {
    if (this.server.exitCode === null && this.server.signalCode === null) {
      process.kill(-this.server.pid, "SIGTERM"); // the process group made above
    }
  }

  /** What code-server and the extension's output channel wrote. */
  logs() {
    return [path.join(this.root, "server.log"), ...outputFiles(path.join(this.root, "data/logs"))]
      .filter((file) => fs.existsSync(file))
      .map((file) => `--- ${path.relative(this.root, file)}\n${fs.readFileSync(file, "utf8").slice(-4000)}`)
      .join("\n");
  }

  answers() {
    assert.equal(this.server.exitCode, null, "code-server ended");
    return new Promise((resolve) => {
      http
        .get(`http://127.0.0.1:${this.port}/healthz`, (answer) => resolve(answer.resume().statusCode === 200))
        .on("error", () => resolve(false));
    });
  }
}

/**
 * Opens a window until it has read its files. VS Code in the browser takes those that it can't read while it starts for
 * empty, says nothing, and doesn't look again: such a window has no settings, or no folders, for ever.
 */
export async function seeing(open) {
  for (let time = 1; time <= 3; time++) {
    if (await open()) {
      return;
    }
    console.log(`note - a window has read no settings, or none of its folders (${time})`);
  }
  throw new Error("three windows, one after the other, have read no settings, or none of their folders");
}

function outputFiles(folder) {
  if (!fs.existsSync(folder)) {
    return [];
  }
  return fs
    .readdirSync(folder, { recursive: true })
    .filter((name) => /minicov[^/]*\.log$|remoteexthost\.log$/.test(name))
    .map((name) => path.join(folder, name));
}

function freePort() {
  return new Promise((resolve) => {
    const probe = net.createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** Looks again and again until what is seen is as wanted: a value, or a function that says so. */
export async function until(what, get, want, patience = PATIENCE) {
  const end = Date.now() + patience;
  for (;;) {
    const got = await get();
    try {
      if (typeof want === "function") {
        assert.ok(want(got));
      } else {
        assert.deepEqual(got, want);
      }
      return got;
    } catch {
      if (Date.now() > end) {
        const told = typeof want === "function" ? String(want) : JSON.stringify(want);
        throw new Error(`${what}: seen ${JSON.stringify(got)}, wanted ${told}`);
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The processes of a program with these words in their command line that descend from one process. */
export function descendants(pid, words) {
  const listed = execFileSync("ps", ["-eo", "pid=,ppid=,args="], { encoding: "utf8" }).trim().split("\n");
  const all = listed
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .map(([, own, parent, args]) => ({ own: +own, parent: +parent, args }));
  const found = new Set([pid]);
  for (let size = 0; size !== found.size;) {
    size = found.size;
    all.filter(({ parent }) => found.has(parent)).forEach(({ own }) => found.add(own));
  }
  return all.filter(({ own, args }) => found.has(own) && args.includes(words)).map(({ own }) => own);
}
