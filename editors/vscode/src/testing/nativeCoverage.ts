/** VS Code's own test coverage: figures of each file after a run, details when a file is looked at. */
import vscode = require("vscode");
import type { LanguageClient } from "vscode-languageclient/node";
import { DETAILS, FILES, type Details, type FileFigures, type Share } from "../protocol";
import { testOf, type TestTree } from "./tree";

/** Gives a run the coverage of all files of its folder. */
export async function addCoverage(
  client: LanguageClient,
  tree: TestTree,
  run: vscode.TestRun,
  folder: string,
): Promise<void> {
  const files = await client.sendRequest<FileFigures[]>(FILES, { figures: true });
  const root = vscode.Uri.parse(folder).toString();
  for (const file of files) {
    const uri = vscode.Uri.parse(file.uri);
    const { statements, branches } = file.summary;
    if (statements[1] && vscode.workspace.getWorkspaceFolder(uri)?.uri.toString() === root) {
      const tests = file.tests.flatMap((id) => tree.find(id, folder) ?? []);
      const functions = file.functions[1] ? count(file.functions) : undefined;
      run.addCoverage(
        new vscode.FileCoverage(uri, count(statements), branches[1] ? count(branches) : undefined, functions, tests),
      );
    }
  }
}

/** Statements, branches and functions of a file; of one test if one is named. */
export async function loadDetails(
  client: LanguageClient | undefined,
  file: vscode.FileCoverage,
  test?: vscode.TestItem,
): Promise<vscode.FileCoverageDetail[]> {
  const textDocument = { uri: file.uri.toString() };
  const details = await client?.sendRequest<Details | null>(DETAILS, {
    textDocument,
    ...(test && { test: testOf(test)[1] }),
  });
  if (!client || !details) {
    return [];
  }
  const range = client.protocol2CodeConverter.asRange.bind(client.protocol2CodeConverter);
  return [
    ...details.statements.map(
      (statement) =>
        new vscode.StatementCoverage(
          statement.executed,
          range(statement.range),
          statement.branches.map(
            (branch) => new vscode.BranchCoverage(branch.executed, range(branch.range), branch.label),
          ),
        ),
    ),
    ...details.functions.map(
      ({ name, range: of, executed }) => new vscode.DeclarationCoverage(name, executed, range(of)),
    ),
  ];
}

function count([covered, all]: Share): vscode.TestCoverageCount {
  return new vscode.TestCoverageCount(covered, all);
}
