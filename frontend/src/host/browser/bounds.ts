import type { Role, State } from '../../model/snapshot.ts';
import type { Fact } from './facts.ts';

/** How long a call stays in a state, in ms, and what it comes to then. */
export const bounds: Partial<Record<State, { ms: number; role?: Role; fact: Fact }>> = {
  preparing: { ms: 5_000, role: 'callee', fact: { type: 'waited' } },
  waiting: {
    ms: 30_000,
    role: 'callee',
    fact: { type: 'failed', failure: { code: 'no_offer', message: 'no offer in time' } },
  },
  connecting: {
    ms: 30_000,
    fact: { type: 'failed', failure: { code: 'no_connection', message: 'no connection in time' } },
  },
  reconnecting: { ms: 30_000, fact: { type: 'waited' } },
  knocking: { ms: 300_000, fact: { type: 'over', reason: 'declined' } },
};
