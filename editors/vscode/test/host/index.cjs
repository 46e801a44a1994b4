// Runs inside the extension host: the cases of the suite that host.mjs names. run() resolving means that all passed.
const fs = require("node:fs");

exports.run = async function run() {
  const suite = fs.readFileSync(process.env.MINICOV_SUITE, "utf8").trim();
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
