import type { ComponentChildren } from 'preact';

/** https only, and without a name before the host, which makes one pass for another. */
function isLink(text: string): boolean {
  try {
    const { protocol, username, password } = new URL(text);
    return protocol === 'https:' && username === '' && password === '';
  } catch {
    return false;
  }
}

/** A text whose links open in the browser, outside of the call. */
export function linked(text: string, browse?: (url: string) => void): ComponentChildren[] {
  // What ends a sentence or closes a bracket is not a link's.
  return text
    .split(/(https:\/\/[^\s<>"\p{Cf}]*[^\s<>"\p{Cf}.,;:!?'’)\]}»。、，！？）」])/u)
    .map((part) =>
      isLink(part) ? (
        <a
          key={part}
          href={part}
          dir="ltr"
          target="_blank"
          rel="noopener noreferrer nofollow"
          onClick={
            browse &&
            ((e) => {
              e.preventDefault();
              browse(part);
            })
          }
        >
          {part}
        </a>
      ) : (
        part
      ),
    );
}
