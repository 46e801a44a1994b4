// A server that ends as soon as it is started.
const assert = require("node:assert/strict");
const fs = require("node:fs");
const vscode = require("vscode");
const { minicov, until } = require("./looking.cjs");

/** How often the program has been started: it notes each time. The first is before the extension is activated. */
function started() {
  const program = vscode.workspace.getConfiguration("minicov").inspect("server.path").globalValue;
  return fs.readFileSync(`${program}.starts`, "utf8").length;
}

exports.cases = {
  async "it is started five times, then it says why not again"() {
    const { session } = await minicov();
    await until(
      "it gives up",
      () => session.state,
      (state) => state === "failed",
    );
    assert.equal(started(), 5);
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
    assert.equal(started(), 5); // nor was it started once more after it had been given up
  },
};
