// A session on Microsoft's own JSON-RPC stack, without an editor: node node_client.cjs SERVER... -- FOLDER
// NODE_PATH leads to vscode-languageserver-protocol. Prints "passed" at the end; any other end is a failure.
const assert = require("node:assert/strict");
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const rpc = require("vscode-languageserver-protocol/node");

const end = process.argv.indexOf("--");
const [command, ...options] = process.argv.slice(2, end);
const folder = process.argv[end + 1];
const file = path.join(folder, "basket.py");
const uri = pathToFileURL(file).href;
const root = pathToFileURL(folder).href;

// Resolves with the params of the first notification of a kind that is accepted.
function heard(server, method, accept = () => true) {
  return new Promise((resolve) => {
    const listening = server.onNotification(method, (params) => {
      if (accept(params)) {
        listening.dispose();
        resolve(params);
      }
    });
  });
}

async function main() {
  const child = spawn(command, options, { cwd: folder, stdio: ["pipe", "pipe", "inherit"] });
  const server = rpc.createProtocolConnection(
    new rpc.StreamMessageReader(child.stdout),
    new rpc.StreamMessageWriter(child.stdin),
  );
  const progress = [];
  server.onRequest(rpc.WorkDoneProgressCreateRequest.type, () => null);
  server.onNotification("$/progress", ({ value }) => progress.push(value.kind));
  server.onNotification(rpc.ShowMessageNotification.type, ({ message }) => assert.fail(message));
  server.listen();

  const { capabilities } = await server.sendRequest(rpc.InitializeRequest.type, {
    processId: process.pid,
    rootUri: root,
    workspaceFolders: [{ uri: root, name: "demo" }],
    capabilities: { window: { workDoneProgress: true } },
    initializationOptions: { minicov: { gutters: true, testRuns: true, python: command } },
  });
  assert(capabilities.executeCommandProvider.commands.includes("minicov.runImpacted"));
  await server.sendNotification(rpc.InitializedNotification.type, {});

  let [diagnostics, gutters] = [
    heard(server, "textDocument/publishDiagnostics", (told) => told.uri === uri),
    heard(server, "minicov/gutters"),
  ];
  const text = fs.readFileSync(file, "utf8");
  const item = { uri, languageId: "python", version: 1, text };
  await server.sendNotification(rpc.DidOpenTextDocumentNotification.type, { textDocument: item });
  const told = await gutters;
  assert.deepEqual([told.uri, told.version, told.state], [uri, 1, "fresh"]);
  assert((await diagnostics).diagnostics.some(({ code }) => code === "uncovered-branch"));

  // An edited line says so, and an undone edit is forgotten.
  const start = { line: 13, character: 0 };
  const edit = async (version, range, inserted) => {
    gutters = heard(server, "minicov/gutters", (picture) => picture.version === version);
    await server.sendNotification(rpc.DidChangeTextDocumentNotification.type, {
      textDocument: { uri, version },
      contentChanges: [{ range, text: inserted }],
    });
    return gutters;
  };
  const edited = await edit(2, { start, end: start }, " ");
  assert.equal(edited.state, "stale");
  assert(edited.runs.some(([first, last, mark]) => mark === "edited" && first <= 13 && last >= 13));
  assert.equal((await edit(3, { start, end: { line: 13, character: 1 } }, "")).state, "fresh");

  const line = text.split("\n").findIndex((each) => each.includes("if express"));
  const range = { start: { line, character: 0 }, end: { line, character: 4 } };
  const hover = await server.sendRequest(rpc.HoverRequest.type, { textDocument: { uri }, position: range.start });
  assert.match(JSON.stringify(hover.contents), /partly covered/);
  const actions = await server.sendRequest(rpc.CodeActionRequest.type, {
    textDocument: { uri },
    range,
    context: { diagnostics: [], only: ["source.minicov"] },
  });
  // Without literal support an action is a command.
  const action = actions.find(({ title }) => title === "Rerun the 4 tests covering shipping");
  const finished = heard(server, "minicov/testRun", ({ event }) => event === "finished");
  const asked = typeof action.command === "string" ? action : action.command;
  const { runId } = await server.sendRequest(rpc.ExecuteCommandRequest.type, {
    command: asked.command,
    arguments: asked.arguments,
  });
  const result = await finished;
  assert.deepEqual([result.runId, result.outcome, result.counts.passed], [runId, "passed", 4]);

  const gone = new Promise((resolve) => child.once("exit", resolve));
  await server.sendRequest(rpc.ShutdownRequest.type);
  await server.sendNotification(rpc.ExitNotification.type);
  assert.equal(await gone, 0);
  assert.deepEqual([progress[0], progress.at(-1)], ["begin", "end"]);
  console.log("passed");
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
