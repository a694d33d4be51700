// A reverse proxy on a free loopback port, which a browser takes for Firestore.
import {
  createServer,
  request as ask,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { text } from 'node:stream/consumers';
import { closeServer, listen } from './hosting.js';
import type { Cleanup } from './process.js';

export interface Asked {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Takes an answer to the browser, and gives what hears its text, piece by piece. */
export type Answer = (status: number, to: ServerResponse) => (chunk: string) => void;

/**
 * Passes on to a host:port what is asked, and back what is answered. See is
 * told of each request and of its answer; it may answer by itself, and gives
 * undefined then. Gives the proxy's own host:port.
 */
export async function proxy(
  cleanup: Cleanup,
  to: string,
  see: (asked: Asked, response: ServerResponse) => Answer | undefined,
): Promise<string> {
  const forward = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = 'GET', url = '/' } = request;
    const body = await text(request);
    const answer = see({ method, url, headers: request.headers, body }, response);
    if (!answer) return;
    const [hostname, port] = to.split(':');
    // Uncompressed, so that it can be read here.
    const headers = { ...request.headers, host: to, 'accept-encoding': 'identity' };
    const onward = ask({ hostname, port, path: url, method, headers });
    // Either end that goes takes the other with it: a page closes long polls.
    response.on('close', () => onward.destroy());
    onward.on('error', () => response.destroy());
    onward.on('response', (from) => {
      const { statusCode: status = 502 } = from;
      response.writeHead(status, from.headers);
      const hear = answer(status, response);
      from.setEncoding('utf8');
      from.on('data', (chunk: string) => {
        hear(chunk);
        if (!response.writableEnded) response.write(chunk);
      });
      from.on('end', () => response.end()).on('error', () => response.destroy());
    });
    onward.end(body);
  };
  const server = createServer((request, response) => {
    forward(request, response).catch((e: unknown) => response.destroy(e as Error));
  });
  const host = `127.0.0.1:${await listen(server)}`;
  cleanup.defer(() => closeServer(server));
  return host;
}
