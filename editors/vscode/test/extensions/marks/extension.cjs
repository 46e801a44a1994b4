// Writes the marks that the extension host sets on its way to a file, once minicov is activated: before and after each
// extension's code is loaded, and before and after its activate(). With them what processor.cjs has noted.
const fs = require("node:fs");

const FILE = process.env.MINICOV_TEST_MARKS;
const INTERVAL = 50; // ms between two looks

exports.activate = function activate() {
  const looking = setInterval(() => {
    const marks = globalThis.MonacoPerformanceMarks.getMarks();
    if (marks.some(({ name }) => name === "code/extHost/didActivateExtension/minicov.minicov")) {
      clearInterval(looking);
      fs.writeFileSync(`${FILE}.part`, JSON.stringify({ marks, processor: globalThis.minicovProcessor }));
      fs.renameSync(`${FILE}.part`, FILE);
    }
  }, INTERVAL);
};
