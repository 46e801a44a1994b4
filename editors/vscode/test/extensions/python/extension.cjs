// Stands in for Microsoft's Python extension, which only its marketplace has: its documented API `environments`, as far
// as minicov asks for it. Its start ends, and its choice is made, when a file says so.
const fs = require("node:fs");
const vscode = require("vscode");

const CHOICE = process.env.MINICOV_TEST_INTERPRETER;
const INTERVAL = 50; // ms between two looks at the file

const chosen = () => (fs.existsSync(CHOICE) ? fs.readFileSync(CHOICE, "utf8").trim() : "");

exports.activate = async function activate(context) {
  while (!chosen()) {
    await new Promise((resolve) => setTimeout(resolve, INTERVAL));
  }
  const changed = new vscode.EventEmitter();
  let known = chosen();
  const looking = setInterval(() => {
    if (chosen() && chosen() !== known) {
      known = chosen();
      changed.fire({ path: known, resource: undefined });
    }
  }, INTERVAL);
  context.subscriptions.push(changed, { dispose: () => clearInterval(looking) });
  return {
    environments: {
      getActiveEnvironmentPath: () => ({ id: known, path: known }),
      resolveEnvironment: ({ path }) => Promise.resolve({ path, executable: { uri: vscode.Uri.file(path) } }),
      onDidChangeActiveEnvironmentPath: changed.event,
    },
  };
};
