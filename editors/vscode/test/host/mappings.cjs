// Data that was measured elsewhere, in a folder that is not here.
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const vscode = require("vscode");
const { file, mark, running, show, until } = require("./looking.cjs");

exports.cases = {
  async "data of another machine is shown where the setting says that its files are"() {
    const { pictures } = await running();
    const uri = await file("basket.py");
    await show(uri);
    const elsewhere = fs.readFileSync(path.join(path.dirname(uri.fsPath), "../elsewhere"), "utf8");
    assert.equal(fs.existsSync(elsewhere), false);
    const hovers = await vscode.commands.executeCommand("vscode.executeHoverProvider", uri, new vscode.Position(20, 8));
    assert.deepEqual([hovers, pictures.of(uri)], [[], undefined]); // an answer that came after all there is to tell
    const section = vscode.workspace.getConfiguration("minicov");
    await section.update("pathMappings", { [elsewhere]: "src" }, vscode.ConfigurationTarget.Workspace);
    const picture = await until("a picture", () => pictures.of(uri), Boolean);
    assert.deepEqual(
      [17, 19, 22].map((line) => mark(picture, line)),
      ["covered", "missed", "covered"],
    );
  },
};
