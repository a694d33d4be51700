// One Firestore emulator for the whole run: Java takes seconds to start, and a
// test needs no more than a project of its own in it.
import type { TestProject } from 'vitest/node';
import { Emulator, hasEmulator } from './emulator.js';
import { Cleanup } from './process.js';

declare module 'vitest' {
  interface ProvidedContext {
    emulator: number; // Java's port; 0 where there is no emulator
  }
}

export default async function (project: TestProject): Promise<() => Promise<void>> {
  const cleanup = new Cleanup();
  project.provide('emulator', hasEmulator ? (await Emulator.start(cleanup)).port : 0);
  return () => cleanup.close();
}
