// Runs inside the extension host: the cases of the suite that host.mjs names. run() resolving means that all passed.
const fs = require("node:fs");
const vscode = require("vscode");

const PATIENCE = Number(process.env.PATIENCE ?? 90) * 333; // ms, a third of that for a case

/** Whether this window has read its settings, and which folders it has (seeing() in workbench.mjs says why not). */
async function hasRead(title) {
  for (const end = Date.now() + PATIENCE; Date.now() < end;) {
    if (
      vscode.workspace.getConfiguration("window").get("title") === title &&
      vscode.workspace.workspaceFolders?.length
    ) {
      return true;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

exports.run = async function run() {
  const [suite, title] = fs.readFileSync(process.env.MINICOV_SUITE, "utf8").split("\n");
  if (!(await hasRead(title))) {
    console.log("BLIND");
    throw new Error("this window has read no settings, or none of its folders");
  }
  const { cases } = require(`./${suite}.cjs`);
  const failed = [];
  for (const [name, body] of Object.entries(cases)) {
    try {
      await body();
      console.log(`ok - ${name}`);
    } catch (error) {
      failed.push(name);
      console.log(`FAILED - ${suite}: ${name}: ${error?.stack ?? error}`);
    }
  }
  if (failed.length) {
    throw new Error(`${failed.length} failed: ${failed.join(", ")}`);
  }
};
