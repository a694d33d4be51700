// The name under which a file that the other side calls so is shown and saved:
// the rules of the Go side's SafeName (backend/chat/name.go), which says why.

const most = 200; // bytes
const reserved = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$|clock\$)$/i;

const length = (s: string): number => new TextEncoder().encode(s).length;

function cut(s: string, bytes: number): string {
  let kept = '';
  for (const character of s) {
    if (length(kept + character) > bytes) break;
    kept += character;
  }
  return kept;
}

export function safeName(theirs: string): string {
  const last = theirs.replaceAll('\\', '/').replace(/\/+$/, '').replace(/^.*\//s, '');
  const name = last
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu, '')
    .replace(/[<>:"/|?*]/g, '_')
    .replace(/\s/gu, ' ')
    .replace(/^[. ]+/, '')
    .replace(/[. ]+$/, '');
  const dot = name.lastIndexOf('.');
  const short = dot > 0 && dot < name.length - 1 && length(name.slice(dot)) <= 20;
  const ending = short ? name.slice(dot) : '';
  const stem =
    cut(short ? name.slice(0, dot) : name, most - length(ending)).replace(/[. ]+$/, '') || 'file';
  const first = (stem.split('.')[0] ?? '').trimEnd();
  return (reserved.test(first) ? '_' + cut(stem, most - length(ending) - 1) : stem) + ending;
}
