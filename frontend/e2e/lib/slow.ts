// A network in front of a server on this machine: each direction takes half of
// the delay. What is sent is kept in order, and nothing is lost.
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { Cleanup } from './process.js';

/** Gives the host:port that leads to another one, delay ms of round trip away. */
export async function slow(cleanup: Cleanup, to: string, delay: number): Promise<string> {
  const [host, port] = to.split(':');
  const open = new Set<Socket>();
  const carry = (from: Socket, there: Socket): void => {
    open.add(from);
    const later = (then: () => void): void => void setTimeout(then, delay / 2);
    from
      .setNoDelay()
      .on('data', (data) => later(() => there.write(data)))
      .on('error', () => there.destroy())
      .on('close', () => {
        open.delete(from);
        later(() => there.destroy());
      });
  };
  const server = createServer((from) => {
    const there = connect(Number(port), host);
    carry(from, there);
    carry(there, from);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanup.defer(() => {
    open.forEach((socket) => socket.destroy());
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
