// Weighs a page as a phone downloads it: the HTML and every script and style it
// pulls in, gzipped. Fails above the limit.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

const dist = join(import.meta.dirname, '../dist');
const limits = { 'phone.html': 40_000, 'index.html': 40_000 };

/** The files that a built file asks for, as paths inside dist.
 * @param {string} file
 * @returns {string[]} */
function wants(file) {
  const text = readFileSync(join(dist, file), 'utf8');
  if (file.endsWith('.html')) {
    return [...text.matchAll(/(?:src|href)="\/?([^"#:]+)"/g)].map((m) => m[1] ?? '');
  }
  if (file.endsWith('.js')) {
    const found = [...text.matchAll(/["'`](\.\.?\/[\w./-]+\.(?:js|css))["'`]/g)];
    const rooted = [...text.matchAll(/["'`](assets\/[\w./-]+\.(?:js|css))["'`]/g)];
    return [...found.map((m) => join(dirname(file), m[1] ?? '')), ...rooted.map((m) => m[1] ?? '')];
  }
  return [];
}

let failed = false;
for (const [page, limit] of Object.entries(limits)) {
  const all = new Set([page]);
  for (const file of all) for (const next of wants(file)) all.add(next);
  let total = 0;
  for (const file of all) {
    const size = gzipSync(readFileSync(join(dist, file)), { level: 9 }).length;
    total += size;
    console.log(`${String(size).padStart(8)}  ${file}`);
  }
  const verdict = total <= limit ? 'ok' : 'TOO LARGE';
  console.log(`${String(total).padStart(8)}  ${page} in all, of ${limit} B gzip: ${verdict}\n`);
  failed ||= total > limit;
}
process.exit(failed ? 1 : 0);
