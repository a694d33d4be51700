// What tests ask of the gallery's page.
import type { Snapshot } from '../model/snapshot.ts';

export interface Hook {
  names: string[];
  /** Shows a screen, whole and at rest. */
  show(name: string): Promise<void>;
  /** Shows a screen whose pictures have not come yet. */
  begin(name: string): Promise<void>;
  /** ... and now they come. */
  arrive(): Promise<void>;
  /** Something changes in the call that is shown. */
  change(part: Partial<Snapshot>): Promise<void>;
}

declare global {
  interface Window {
    gallery: Hook;
  }
}
