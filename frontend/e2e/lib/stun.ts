// STUN servers (RFC 8489) at several distances: each answers later than the one
// before, and names another address, so that each makes a candidate of its own.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { Cleanup } from './process.js';

const bindingRequest = 0x0001;
const bindingSuccess = 0x0101;
const xorMappedAddress = 0x0020;
const cookie = 0x2112a442;

/** Their URLs. The nth, from 1, answers after n times so many ms. */
export function stunServers(cleanup: Cleanup, count: number, ms: number): Promise<string[]> {
  return Promise.all(Array.from({ length: count }, (_, n) => stunServer(cleanup, n + 1, ms)));
}

async function stunServer(cleanup: Cleanup, n: number, ms: number): Promise<string> {
  const socket = createSocket('udp4');
  const timers = new Set<NodeJS.Timeout>();
  const asked = new Set<string>(); // a request that is sent again is answered once
  socket.on('message', (request, from) => {
    if (request.length < 20 || request.readUInt16BE(0) !== bindingRequest) return;
    const transaction = request.subarray(8, 20);
    if (asked.has(transaction.toString('hex'))) return;
    asked.add(transaction.toString('hex'));
    const answer = Buffer.alloc(32);
    answer.writeUInt16BE(bindingSuccess, 0);
    answer.writeUInt16BE(12, 2);
    answer.writeUInt32BE(cookie, 4);
    transaction.copy(answer, 8);
    answer.writeUInt16BE(xorMappedAddress, 20);
    answer.writeUInt16BE(8, 22);
    answer.writeUInt16BE(1, 24); // IPv4
    answer.writeUInt16BE(from.port ^ (cookie >>> 16), 26);
    // 203.0.113.n is for documentation (RFC 5737): nobody is there.
    answer.writeUInt32BE((((203 << 24) | (113 << 8) | n) ^ cookie) >>> 0, 28);
    timers.add(setTimeout(() => socket.send(answer, from.port, from.address), n * ms));
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  cleanup.defer(() => {
    timers.forEach(clearTimeout);
    socket.close();
  });
  return `stun:127.0.0.1:${socket.address().port}`;
}
