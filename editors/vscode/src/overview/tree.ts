/** The workspace's figures as a tree of folders and files; plain data, apart from how it is shown. */
import * as path from "node:path";
import type { FileFigures, Share, Summary } from "../protocol";

export type Order = "path" | "risk" | "gain" | "coverage";

export interface Node {
  readonly name: string;
  /** From the workspace folder, with `/`. */
  readonly path: string;
  readonly summary: Summary;
  /** The riskiest function's in it. */
  readonly risk: number;
  /** The best single gap's in it. */
  readonly gain: number;
  /** Of a file. */
  readonly uri?: string;
  readonly children: Node[];
}

export interface Entry {
  /** From the workspace folder, with `/`. */
  readonly path: string;
  readonly figures: FileFigures;
}

/** One node for each folder and file; folders with nothing but one folder in them are joined. */
export function build(name: string, entries: readonly Entry[], order: Order): Node {
  return joined(node(name, "", entries, order));
}

function node(name: string, here: string, entries: readonly Entry[], order: Order): Node {
  const files: Node[] = [];
  const folders = new Map<string, Entry[]>();
  for (const entry of entries) {
    const [first = "", ...rest] = entry.path.slice(here ? here.length + 1 : 0).split("/");
    if (rest.length) {
      folders.set(first, [...(folders.get(first) ?? []), entry]);
    } else {
      files.push(leaf(first, entry));
    }
  }
  const below = [...folders].map(([each, inside]) =>
    joined(node(each, here ? `${here}/${each}` : each, inside, order)),
  );
  const children = [...below, ...files].sort(comparison(order));
  return {
    name,
    path: here,
    children,
    summary: children.map((child) => child.summary).reduce(sum, NOTHING),
    risk: Math.max(0, ...children.map((child) => child.risk)),
    gain: Math.max(0, ...children.map((child) => child.gain)),
  };
}

function leaf(name: string, { path: where, figures }: Entry): Node {
  const { summary, risk, gain, uri } = figures;
  return { name, path: where, summary, risk, gain, uri, children: [] };
}

function joined(folder: Node): Node {
  const [only, ...more] = folder.children;
  if (!folder.path || !only || more.length || only.uri) {
    return folder;
  }
  return { ...only, name: path.posix.join(folder.name, only.name) };
}

const NOTHING: Summary = { statements: [0, 0], branches: [0, 0], conditions: [0, 0], complexity: 0 };

function sum(a: Summary, b: Summary): Summary {
  const add = (x: Share, y: Share): Share => [x[0] + y[0], x[1] + y[1]];
  return {
    statements: add(a.statements, b.statements),
    branches: add(a.branches, b.branches),
    conditions: add(a.conditions, b.conditions),
    complexity: a.complexity + b.complexity,
  };
}

/** Statements and branches together, as coverage.py's total has them; from 0 to 1. */
export function covered({ statements, branches }: Summary): number {
  const all = statements[1] + branches[1];
  return all ? (statements[0] + branches[0]) / all : 1;
}

/** Folders first by path; else what needs work first, whatever it is. */
function comparison(order: Order): (a: Node, b: Node) => number {
  const byPath = (a: Node, b: Node) => Number(!!a.uri) - Number(!!b.uri) || a.name.localeCompare(b.name);
  switch (order) {
    case "path":
      return byPath;
    case "risk":
      return (a, b) => b.risk - a.risk || byPath(a, b);
    case "gain":
      return (a, b) => b.gain - a.gain || byPath(a, b);
    case "coverage":
      return (a, b) => covered(a.summary) - covered(b.summary) || byPath(a, b);
  }
}

const CELLS = 10;
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** A share as a bar of characters; full only when it is 1. */
export function bar(share: number): string {
  const eighths = share === 1 ? CELLS * 8 : Math.min(CELLS * 8 - 1, Math.round(share * CELLS * 8));
  const full = Math.floor(eighths / 8);
  const rest = EIGHTHS[eighths % 8] ?? "";
  return "█".repeat(full) + rest + "░".repeat(CELLS - full - (rest ? 1 : 0));
}
