/** What the server adds to the language server protocol; see docs/protocol.md. Lines count from 0. */
import type { Location, Range } from "vscode-languageclient/node";

export type Mark = "covered" | "partial" | "missed" | "edited" | "excluded";
export const MARKS: readonly Mark[] = ["covered", "partial", "missed", "edited", "excluded"];

/** [covered, all] */
export type Share = [number, number];

export interface Summary {
  statements: Share;
  branches: Share;
  conditions: Share;
  complexity: number;
}

export interface Span {
  range: Range;
  kind: "branch" | "condition" | "region";
  message: string;
}

export interface Gutters {
  uri: string;
  version: number;
  state: "fresh" | "stale" | "none" | "running";
  /** [first line, last line, mark], both lines inclusive, ascending. */
  runs: [number, number, Mark][];
  spans: Span[];
  summary: Summary | null;
}

/** One file of the answer to `minicov/files`. */
export interface FileSummary {
  uri: string;
  summary: Summary;
}

/** The same, asked for with `figures`. */
export interface FileFigures extends FileSummary {
  /** [called, all] */
  functions: Share;
  /** The riskiest function's. */
  risk: number;
  /** How many missed statements the best single gap brings. */
  gain: number;
  /** Ids of the tests that ran any of it. */
  tests: string[];
}

/** Answer to `minicov/details`. */
export interface Details {
  statements: {
    range: Range;
    executed: boolean;
    branches: { label: string; range: Range; executed: boolean }[];
  }[];
  functions: { name: string; range: Range; executed: boolean }[];
}

export type Outcome = "passed" | "failed" | "error" | "skipped" | "xfailed" | "xpassed";

export interface CoveringTest {
  id: string;
  label: string;
  location: Location | null;
  outcome: Outcome | null;
  /** Seconds. */
  duration: number | null;
}

export interface FoundTest {
  id: string;
  label: string;
  uri: string;
  range: Range;
  children: FoundTest[];
}

interface OfRun {
  runId: string;
  /** URI of the workspace folder. */
  folder: string;
}

export type TestRunEvent = OfRun &
  (
    | { event: "started"; tests: string[]; label: string }
    | { event: "test"; id: string; outcome: Outcome; duration: number; message?: string; location?: Location }
    | { event: "output"; text: string }
    | { event: "finished"; outcome: Outcome | "cancelled"; counts: Partial<Record<Outcome, number>> }
  );

/** Answer of the commands that start a run. */
export interface StartedRun {
  runId: string;
}

export const GUTTERS = "minicov/gutters";
export const COVERING_TESTS = "minicov/coveringTests";
export const DETAILS = "minicov/details";
export const FILES = "minicov/files";
export const TESTS = "minicov/tests";
export const TEST_RUN = "minicov/testRun";
