// There is no server where the setting says.
const assert = require("node:assert/strict");
const vscode = require("vscode");
const { minicov, until } = require("./looking.cjs");

exports.cases = {
  async "it says which setting is wrong, and waits for another"() {
    const { session } = await minicov();
    await until(
      "no server",
      () => session.state,
      (state) => state === "missing",
    );
    assert.match(session.problem, /^minicov\.server\.path: .*nowhere.minicov-lsp is not a program.* leave it empty/);
    // A command explains itself, too, and does not throw.
    await vscode.commands.executeCommand("minicov.runAll");
    const section = vscode.workspace.getConfiguration("minicov");
    await section.update("server.path", process.env.MINICOV + "/minicov-lsp", vscode.ConfigurationTarget.Workspace);
    await until(
      "a server",
      () => session.state,
      (state) => state === "running",
    );
    assert.equal(session.problem, "");
  },
};
