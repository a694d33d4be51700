// Where a page keeps a file that comes: on the disk, in the folder that the
// browser gives each origin (https://fs.spec.whatwg.org), so that no more than
// a block of it is in memory. Where there is none, in Blobs, which browsers keep
// outside of the page and may write to the disk themselves; then less is taken.

/** One file as it comes. */
export interface Sink {
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** What came, once all did. */
  finish(): Promise<Blob>;
  /** Leaves nothing of it. */
  drop(): Promise<void>;
}

const blockSize = 1 << 20;
const mostInBlobs = 512 * 2 ** 20; // bytes
const folderName = 'parley-files';
/** In ms. What is older was left by a page that ended all of a sudden. */
const leftover = 24 * 3600_000;

export class NoSpace extends Error {}

export async function openSink(size: number): Promise<Sink> {
  const disk = await onDisk(size).catch((e: unknown) => {
    if (e instanceof NoSpace) throw e;
    return undefined; // some browsers have it, and refuse it in a private window
  });
  if (disk) return disk;
  if (size > mostInBlobs) throw new NoSpace('too much to be kept in memory');
  return inBlobs();
}

/** Gathers pieces into blocks. */
function blocks(take: (block: Uint8Array<ArrayBuffer>) => void | Promise<void>) {
  let block = new Uint8Array(blockSize);
  let filled = 0;
  const flush = async () => {
    const full = block.subarray(0, filled);
    block = new Uint8Array(blockSize);
    filled = 0;
    if (full.length > 0) await take(full);
  };
  const write = async (bytes: Uint8Array<ArrayBuffer>) => {
    if (filled + bytes.length > blockSize) await flush();
    block.set(bytes, filled);
    filled += bytes.length;
  };
  return { write, flush };
}

async function onDisk(size: number): Promise<Sink | undefined> {
  if (!('createWritable' in FileSystemFileHandle.prototype)) return undefined;
  const { quota = Infinity, usage = 0 } = await navigator.storage.estimate();
  if (quota - usage < size) throw new NoSpace('the browser has no room for it');
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle(folderName, { create: true });
  await sweep(folder);
  const name = crypto.randomUUID();
  const handle = await folder.getFileHandle(name, { create: true });
  const file = await handle.createWritable();
  const { write, flush } = blocks((block) => file.write(block));
  return {
    write,
    finish: async () => {
      await flush();
      await file.close();
      return handle.getFile();
    },
    drop: async () => {
      await file.abort().catch(() => undefined); // it may be closed
      await folder.removeEntry(name);
    },
  };
}

async function sweep(folder: FileSystemDirectoryHandle): Promise<void> {
  for await (const handle of folder.values()) {
    if (!(handle instanceof FileSystemFileHandle)) continue;
    const { lastModified } = await handle.getFile();
    if (Date.now() - lastModified > leftover) await folder.removeEntry(handle.name);
  }
}

function inBlobs(): Sink {
  let parts: Blob[] = [];
  const { write, flush } = blocks((block) => void parts.push(new Blob([block])));
  return {
    write,
    finish: async () => {
      await flush();
      return new Blob(parts);
    },
    drop: () => {
      parts = [];
      return Promise.resolve();
    },
  };
}
