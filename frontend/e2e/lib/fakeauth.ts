// Stands in for Firebase Auth, whose emulator is not on every machine: anonymous
// accounts with unsigned tokens, which the Firestore emulator takes.
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { closeServer, listen } from './hosting.js';
import type { Cleanup } from './process.js';

export class FakeAuth {
  /** The users that signed up. */
  readonly users: string[] = [];
  /** Those whose token was replaced, each time. */
  readonly refreshed: string[] = [];
  host = ''; // host:port

  private constructor(
    readonly project: string,
    /** Of a token, in s. */
    readonly lifetime: number,
  ) {}

  static async start(cleanup: Cleanup, project: string, lifetime = 3600): Promise<FakeAuth> {
    const auth = new FakeAuth(project, lifetime);
    const server = createServer((request, response) => {
      auth.#answer(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
    auth.host = `127.0.0.1:${await listen(server)}`;
    cleanup.defer(() => closeServer(server));
    return auth;
  }

  /** An unsigned ID token of Firebase Auth's shape. */
  token(uid: string): string {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: `https://securetoken.google.com/${this.project}`,
      aud: this.project,
      auth_time: now,
      iat: now,
      exp: now + this.lifetime,
      sub: uid,
      user_id: uid,
      provider_id: 'anonymous',
      firebase: { identities: {}, sign_in_provider: 'anonymous' },
    };
    const part = (o: object): string => Buffer.from(JSON.stringify(o)).toString('base64url');
    return `${part({ alg: 'none', typ: 'JWT' })}.${part(claims)}.`;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('Access-Control-Allow-Origin', '*');
    if (request.method === 'OPTIONS') {
      const wanted = request.headers['access-control-request-headers'] ?? '';
      response.setHeader('Access-Control-Allow-Headers', wanted).writeHead(204).end();
      return;
    }
    const body = await text(request);
    const answer = this.#reply(new URL(request.url ?? '', 'http://auth').pathname, body);
    response.writeHead(answer ? 200 : 400, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(answer ?? { error: { code: 400, message: 'INVALID_ID_TOKEN' } }));
  }

  /** https://cloud.google.com/identity-platform/docs/reference/rest/v1/accounts */
  #reply(path: string, body: string): object | undefined {
    switch (path) {
      case '/identitytoolkit.googleapis.com/v1/accounts:signUp': {
        const uid = randomUUID();
        this.users.push(uid);
        const idToken = this.token(uid);
        return { idToken, refreshToken: uid, expiresIn: String(this.lifetime), localId: uid };
      }
      case '/identitytoolkit.googleapis.com/v1/accounts:lookup': {
        const { idToken } = JSON.parse(body) as { idToken: string };
        const claims = Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString();
        const { sub } = JSON.parse(claims) as { sub: string };
        return this.users.includes(sub) ? { users: [{ localId: sub }] } : undefined;
      }
      case '/securetoken.googleapis.com/v1/token': {
        const uid = new URLSearchParams(body).get('refresh_token') ?? '';
        if (!this.users.includes(uid)) return undefined;
        this.refreshed.push(uid);
        const id_token = this.token(uid);
        const user = { user_id: uid, project_id: this.project };
        return {
          id_token,
          access_token: id_token,
          refresh_token: uid,
          expires_in: String(this.lifetime),
          ...user,
        };
      }
      default:
        return undefined;
    }
  }
}
