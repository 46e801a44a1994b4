/** Which files differ from a commit, as git tells; only asked in a trusted workspace: git runs what it is configured to. */
import { execFile } from "node:child_process";
import * as path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const NO_COMMIT = "fatal: Needed a single revision"; // what rev-parse says of a ref that does not exist
const LARGE = 64 * 1024 * 1024; // bytes of output

/** Absolute paths of the files that were changed, added or are untracked since a ref. Rejects with git's own words. */
export async function filesChangedSince(folder: string, ref: string): Promise<Set<string>> {
  const git = async (...args: string[]) => {
    try {
      return (await run("git", args, { cwd: folder, maxBuffer: LARGE })).stdout;
    } catch (error) {
      const said = (error as { stderr?: string }).stderr?.trim().split("\n")[0];
      throw new Error(
        said === NO_COMMIT ? "there is no such commit" : (said?.replace(/^fatal: /, "") ?? String(error)),
      );
    }
  };
  const commit = (await git("rev-parse", "--verify", "--end-of-options", `${ref}^{commit}`)).trim();
  const top = (await git("rev-parse", "--show-toplevel")).trim();
  const changed = await git("diff", "--name-only", "-z", "--no-ext-diff", "--diff-filter=d", commit, "--");
  const untracked = await git("ls-files", "--others", "--exclude-standard", "--full-name", "-z");
  return new Set(
    [...changed.split("\0"), ...untracked.split("\0")].filter(Boolean).map((file) => path.join(top, file)),
  );
}
