// The words by which two people find out that nobody sits between them: this
// page's part of the exchange that backend/trust describes. Fetched in a call.
import type { Role } from '../../model/snapshot.ts';
import type { WordsMessage } from './peer.ts';
import { even, odd } from './trustwords.ts';

const size = 32; // bytes of a hash, a nonce and a fingerprint
const said = 4; // bytes in words

/** One side's part in one connection. What is out of order or wrong is thrown, and is the end of it. */
export class Exchange {
  /** What both people should see; '' until the exchange is done. */
  words = '';
  readonly #bound: Uint8Array[];
  #commit: string | undefined;
  #answered = false;

  /** certificates are as peer.ts names them, one of SHA-256 each. */
  constructor(
    private readonly role: Role,
    certificates: { ours: string; theirs: string },
    private readonly nonce = crypto.getRandomValues(new Uint8Array(size)),
  ) {
    const both = [fingerprint(certificates.ours), fingerprint(certificates.theirs)];
    this.#bound = role === 'caller' ? both : both.reverse();
  }

  /** The caller's commitment to its nonce; undefined for the callee. */
  async begin(): Promise<WordsMessage | undefined> {
    return this.role === 'caller' ? { commit: await this.#commitTo(this.nonce) } : undefined;
  }

  /** Takes the other side's next message, as it came, and gives the answer to it, if there is one. */
  async take({ commit, nonce }: WordsMessage): Promise<WordsMessage | undefined> {
    const told = [commit, nonce].filter((text) => text !== undefined);
    if (told.length !== 1 || typeof told[0] !== 'string') return undefined;
    if (this.role === 'callee' && this.#commit === undefined && commit !== undefined) {
      this.#commit = hex(bytes(commit));
      return { nonce: hex(this.nonce) };
    }
    const waits = this.role === 'caller' || this.#commit !== undefined;
    if (this.#answered || !waits || nonce === undefined) throw new Error('out of order');
    this.#answered = true;
    const theirs = bytes(nonce);
    if (this.role === 'caller') {
      this.words = await this.#say(this.nonce, theirs);
      return { nonce: hex(this.nonce) };
    }
    if ((await this.#commitTo(theirs)) !== this.#commit) throw new Error('not what was committed');
    this.words = await this.#say(theirs, this.nonce);
    return undefined;
  }

  async #commitTo(nonce: Uint8Array): Promise<string> {
    return hex(await hash('parley words 1: commit', ...this.#bound, nonce));
  }

  async #say(caller: Uint8Array, callee: Uint8Array): Promise<string> {
    const all = await hash('parley words 1: words', ...this.#bound, caller, callee);
    return [...all.subarray(0, said)].map((b, i) => (i % 2 ? odd : even)[b]).join(' ');
  }
}

async function hash(of: string, ...parts: Uint8Array[]): Promise<Uint8Array> {
  const text = Uint8Array.from([...new TextEncoder().encode(of), ...parts.flatMap((p) => [...p])]);
  return new Uint8Array(await crypto.subtle.digest('SHA-256', text));
}

const hex = (b: Uint8Array): string => [...b].map((n) => n.toString(16).padStart(2, '0')).join('');

function bytes(text: string): Uint8Array {
  if (!/^[\da-f]{64}$/i.test(text)) throw new Error('not 32 bytes in hexadecimal');
  return Uint8Array.from({ length: size }, (_, i) => parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

function fingerprint(named: string): Uint8Array {
  const found = /^a=fingerprint:sha-256 ([\da-f:]{95})$/.exec(named)?.[1];
  if (found === undefined) throw new Error('a side does not name one certificate by its SHA-256');
  return bytes(found.replaceAll(':', ''));
}
