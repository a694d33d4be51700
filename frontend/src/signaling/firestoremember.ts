// Who sits in a room of Firestore, and what they take away again.
import { writeBatch, type DocumentReference, type Firestore } from 'firebase/firestore';
import * as bound from './firestorebounds.ts';

export interface Member {
  uid: string;
  /** Gives Firebase's clock, in ms, where it can be asked; ours may be wrong. */
  askTime?: () => Promise<() => number>;
  /** Remembers a room that we made until the function it returns is called. */
  keep: (id: string) => () => void;
}

export async function deleteAll(db: Firestore, refs: DocumentReference[]): Promise<void> {
  const commits: Promise<void>[] = [];
  for (let i = 0; i < refs.length; i += bound.maxBatch) {
    const batch = writeBatch(db);
    refs.slice(i, i + bound.maxBatch).forEach((ref) => batch.delete(ref));
    commits.push(batch.commit());
  }
  await Promise.all(commits);
}
