// Weighs a page as a phone downloads it: the HTML and every script and style it
// pulls in at once, gzipped; and apart from it what is fetched later, when it is
// needed. Of the languages a page fetches one at most, before its first words: so
// each is held against a limit of its own. Fails above the limits. dist is
// elsewhere where an argument says so.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

const dist = process.argv[2] ?? join(import.meta.dirname, '../dist');
const limits = {
  'phone.html': { first: 40_000, later: 270_000 }, // later: Firebase's SDK 167 kB, the QR reader jsQR 46, call codes 11, the panels of a call
  'index.html': { first: 38_500, later: 26_500 }, // later: the panels of a call, QR codes
};
const language = { file: /^assets\/(?:ar|de|es|fr|ja|zh-Hans)-/, limit: 10_000 };

/** The files that a built file asks for, as paths inside dist: at once, and
 * later, by import().
 * @param {string} file */
function wants(file) {
  const text = readFileSync(join(dist, file), 'utf8');
  /** @param {RegExp} pattern */
  const all = (pattern) => [...text.matchAll(pattern)].map((m) => m[1] ?? '');
  /** @param {string} name */
  const beside = (name) => join(dirname(file), name);
  if (file.endsWith('.html')) return { first: all(/(?:src|href)="\/?([^"#:]+)"/g), later: [] };
  if (!file.endsWith('.js')) return { first: [], later: [] };
  return {
    first: all(/\b(?:from|import)\s*["'`](\.\.?\/[\w./-]+)["'`]/g).map(beside),
    later: all(/\bimport\(\s*["'`](\.\.?\/[\w./-]+)["'`]/g).map(beside),
  };
}

/** Prints what the files weigh, in bytes, with what they pull in; what was
 * weighed before is not weighed again.
 * @param {Set<string>} files
 * @param {Set<string>} before */
function weigh(files, before) {
  let total = 0;
  /** @type {Set<string>} */
  const later = new Set();
  for (const file of files) {
    if (before.has(file)) continue;
    const size = gzipSync(readFileSync(join(dist, file)), { level: 9 }).length;
    if (language.file.test(file)) {
      judge(file, size, language.limit);
      continue;
    }
    total += size;
    console.log(`${String(size).padStart(8)}  ${file}`);
    const next = wants(file);
    next.first.forEach((f) => files.add(f));
    next.later.forEach((f) => later.add(f));
  }
  return { total, later };
}

/** @param {string} what
 * @param {number} total
 * @param {number} limit */
function judge(what, total, limit) {
  const verdict = total <= limit ? 'ok' : 'TOO LARGE';
  console.log(`${String(total).padStart(8)}  ${what}, of ${limit} B gzip: ${verdict}`);
  if (total > limit) process.exitCode = 1;
}

for (const [page, limit] of Object.entries(limits)) {
  const files = new Set([page]);
  const first = weigh(files, new Set());
  judge(`${page} in all`, first.total, limit.first);
  console.log();
  if (first.later.size === 0 && limit.later === 0) continue;
  let later = 0;
  for (let next = first.later; next.size > 0;) {
    const level = weigh(next, files);
    later += level.total;
    next.forEach((file) => files.add(file));
    next = new Set([...level.later].filter((file) => !files.has(file)));
  }
  judge(`${page}, fetched when it is needed`, later, limit.later);
  console.log();
}
