// Waiting for what is to be seen, and the parts of the extension that runs.
const assert = require("node:assert/strict");
const vscode = require("vscode");

const PATIENCE = Number(process.env.PATIENCE ?? 90) * 1000; // ms, as in workbench.mjs

exports.until = async function until(what, get, good) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const seen = await get();
    if (good(seen)) {
      return seen;
    }
    assert.ok(Date.now() < end, `${what}: last seen ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

exports.minicov = function minicov() {
  return vscode.extensions.getExtension("minicov.minicov").activate();
};

exports.running = async function running() {
  const api = await exports.minicov();
  await exports.until(
    "the server",
    () => api.session.state,
    (state) => state === "running",
  );
  return api;
};

exports.show = async function show(uri) {
  const document = await vscode.workspace.openTextDocument(uri);
  return vscode.window.showTextDocument(document);
};

exports.file = async function file(name) {
  const [found] = await exports.until(
    name,
    () => vscode.workspace.findFiles(`**/${name}`),
    ({ length }) => length > 0,
  );
  return found;
};

exports.mark = function mark(picture, line) {
  return picture?.runs.find(([first, last]) => first <= line - 1 && line - 1 <= last)?.[2];
};
