// A server that ends as soon as it is started.
const assert = require("node:assert/strict");
const vscode = require("vscode");
const { minicov, until } = require("./looking.cjs");

exports.cases = {
  async "it is started five times, then it says why not again"() {
    const { session } = await minicov();
    let starts = 0;
    const listening = session.onDidChangeState((state) => (starts += state === "starting" ? 1 : 0));
    await until(
      "it gives up",
      () => session.state,
      (state) => state === "failed",
    );
    listening.dispose();
    assert.ok(starts <= 5, `started ${starts} times while looked at`);
    assert.match(session.problem, /ended 5 times within 3 minutes.*status 3: the disk is on fire/);
  },

  async "the user may try again, with another server"() {
    const { session } = await minicov();
    const section = vscode.workspace.getConfiguration("minicov");
    await section.update("server.path", process.env.MINICOV + "/minicov-lsp", vscode.ConfigurationTarget.Workspace);
    await until(
      "a server",
      () => session.state,
      (state) => state === "running",
    );
  },
};
