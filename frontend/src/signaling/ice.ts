// STUN and TURN servers that somebody else names, as backend/signaling/ice.go
// checks them: PROTOCOL.md has the rules.

export const maxServers = 8;
const maxURLs = 8;
const maxURL = 512; // characters, all of them ASCII
const maxLogin = 508; // bytes

// RFC 7064 and RFC 7065. A host is a name, an IPv4 address, or an IPv6 one in brackets.
const url = /^(?:stuns?:HOST|turns?:HOST(?:\?transport=(?:udp|tcp))?)$/.source.replaceAll(
  'HOST',
  String.raw`(?:[-.\w]{1,253}|\[[\da-f:.]{2,45}\])(?::(\d{1,5}))?`,
);
const iceURL = new RegExp(url, 'i');
const line = /^[^\p{Cc}]*$/u;

const isLine = (v: unknown): v is string =>
  typeof v === 'string' && line.test(v) && new TextEncoder().encode(v).length <= maxLogin;

function isURL(v: unknown): v is string {
  const match = typeof v === 'string' && v.length <= maxURL && iceURL.exec(v);
  if (!match) return false;
  const port = match[1] ?? match[2];
  return port === undefined || (Number(port) > 0 && Number(port) < 65536);
}

function server(v: unknown): RTCIceServer | undefined {
  if (typeof v !== 'object' || v === null) return undefined;
  const { urls, username = '', credential = '' } = v as Record<string, unknown>;
  if (!Array.isArray(urls) || urls.length < 1 || urls.length > maxURLs) return undefined;
  if (!urls.every(isURL) || !isLine(username) || !isLine(credential)) return undefined;
  if (!urls.some((u) => /^turn/i.test(u))) return { urls };
  return username && credential ? { urls, username, credential } : undefined;
}

/** Those of a list that can be used; a call does without the others. */
export function validServers(list: unknown): RTCIceServer[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((v) => server(v) ?? []).slice(0, maxServers);
}
