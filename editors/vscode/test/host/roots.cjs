// Two folders, of which one is broken in every way; and files outside of both.
const assert = require("node:assert/strict");
const path = require("node:path");
const vscode = require("vscode");
const { mark, running, show, until } = require("./looking.cjs");

/** [broken, sound]: a window that just opened may know only the first of its folders. */
const folders = () =>
  until(
    "both folders",
    () => vscode.workspace.workspaceFolders ?? [],
    (found) => found.length === 2,
  );

exports.cases = {
  async "the sound folder has its pictures"() {
    const [, sound] = await folders();
    const { pictures } = await running();
    const uri = vscode.Uri.joinPath(sound.uri, "basket.py");
    await show(uri);
    const picture = await until("a picture", () => pictures.of(uri), Boolean);
    assert.equal(mark(picture, 19), "missed");
  },

  async "the broken folder has none, and the server stays"() {
    const [broken] = await folders();
    const { pictures, session } = await running();
    const uri = vscode.Uri.joinPath(broken.uri, "basket.py");
    await show(uri);
    const hovers = await vscode.commands.executeCommand("vscode.executeHoverProvider", uri, new vscode.Position(17, 8));
    assert.deepEqual(hovers, []);
    assert.equal(pictures.of(uri), undefined);
    assert.equal(session.state, "running");
  },

  async "each folder has its tests below an item of its own"() {
    const { tree } = await running();
    await until(
      "tests",
      () => tree.leaves().length,
      (count) => count === 10,
    );
    assert.deepEqual([...tree.controller.items].map(([, item]) => item.label).sort(), ["broken", "sound"]);
  },

  async "a run in one folder is that folder's"() {
    const [, sound] = await folders();
    const { runs } = await running();
    const { runId } = await vscode.commands.executeCommand(
      "minicov.runTest",
      ["tests/test_basket.py::test_shipping_is_added"],
      sound.uri.toString(),
    );
    const last = await until(
      "the run's end",
      () => runs.last,
      (state) => state?.runId === runId,
    );
    assert.deepEqual([last.outcome, last.total, last.done], ["passed", 1, 1]);
  },

  async "a file outside of the workspace is left alone"() {
    const [, sound] = await folders();
    const { pictures, session } = await running();
    const uri = vscode.Uri.file(path.join(path.dirname(path.dirname(sound.uri.fsPath)), "elsewhere.py"));
    await show(uri);
    const hovers = await vscode.commands.executeCommand("vscode.executeHoverProvider", uri, new vscode.Position(0, 0));
    assert.deepEqual(hovers, []);
    assert.equal(pictures.of(uri), undefined);
    assert.equal(session.state, "running");
  },
};
