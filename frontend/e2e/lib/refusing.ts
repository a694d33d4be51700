// Firestore that refuses a browser's token, as it does with one that was revoked
// or has ended: the emulator takes any. A reverse proxy before it says so where
// Firestore would:
//
//	GET  …/Listen/channel   an error in the stream, under way or as its answer
//	POST …:commit           401
//
// A stream belongs to the token that its first POST had in its body (WebChannel
// puts headers there, which saves a preflight).
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Cleanup } from './process.js';
import { proxy, type Answer, type Asked } from './proxy.js';

const error = { code: 401, message: 'the test refuses this token', status: 'UNAUTHENTICATED' };

/** The error in a stream, behind all that was in it before. */
function errorFrame(): string {
  const frame = JSON.stringify([[1_000_000, [{ error }]]]);
  return `${frame.length}\n${frame}`;
}

export class RefusingProxy {
  host = ''; // host:port
  /** How often a token was refused. */
  refusals = 0;
  /** Called when a request was answered, with its path. */
  answered: (url: string) => void = () => undefined;

  #token = ''; // the last one seen
  readonly #refused = new Set<string>();
  readonly #tokens = new Map<string, string>(); // of a stream, by its SID
  readonly #open = new Map<ServerResponse, string>(); // streams under way, and their tokens

  static async start(cleanup: Cleanup, to: string): Promise<RefusingProxy> {
    const refusing = new RefusingProxy();
    refusing.host = await proxy(cleanup, to, (asked, response) => refusing.#see(asked, response));
    return refusing;
  }

  /** From now on the token that the page uses is refused. */
  refuse(): void {
    this.#refused.add(this.#token);
    for (const [response, token] of this.#open) {
      if (token !== this.#token) continue;
      this.refusals++;
      response.end(errorFrame());
    }
  }

  #see({ method, url, headers, body }: Asked, response: ServerResponse): Answer | undefined {
    const { authorization = body } = headers;
    const given = /Bearer(?: |\+|%20)([-\w.]+)/.exec(authorization)?.[1];
    this.#token = given ?? this.#token;
    const { searchParams, pathname } = new URL(url, 'http://proxy');
    const sid = searchParams.get('SID');
    const token = given ?? this.#tokens.get(sid ?? '') ?? '';
    const isStream = pathname.endsWith('/channel');
    const refused = this.#refused.has(token);
    if (refused && !isStream) {
      this.refusals++;
      response.writeHead(401, { ...allow(headers), 'content-type': 'application/json' });
      response.end(JSON.stringify({ error }));
      return undefined;
    }
    return (_, to) => {
      to.once('close', () => this.answered(url));
      if (isStream && sid === null) return (chunk) => this.#opened(chunk, token);
      if (!isStream || method !== 'GET') return () => undefined;
      if (refused) {
        this.refusals++;
        to.end(errorFrame());
      } else {
        this.#open.set(to, token);
        to.once('close', () => this.#open.delete(to));
      }
      return () => undefined;
    };
  }

  /** The answer to a stream's first request begins with [[0,["c","SID",…]]]. */
  #opened(chunk: string, token: string): void {
    const sid = /\["c","([^"]+)"/.exec(chunk)?.[1];
    if (sid !== undefined) this.#tokens.set(sid, token);
  }
}

/** What lets a page of another origin read an answer. */
const allow = ({ origin = '*' }: IncomingHttpHeaders): Record<string, string> => ({
  'access-control-allow-origin': origin,
  'access-control-allow-credentials': 'true',
});
