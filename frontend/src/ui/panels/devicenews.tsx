import { useState } from 'preact/hooks';
import type { Device } from '../../model/snapshot.ts';
import { panels } from '../../model/panels.ts';
import { Notice } from '../notice.tsx';

/** Tells of devices that were unplugged or came back; each can be put away. */
export function DeviceNews({ devices }: { devices: Device[] }) {
  const [read, setRead] = useState<string[]>([]);
  const { gone, goneNow, back, backNow } = panels().devices;
  const all = devices.flatMap(({ change, was = '', name = '' }) => {
    if (!change) return [];
    const sentence =
      change === 'gone'
        ? { what: gone(was), next: goneNow(name) }
        : { what: back(was), next: backNow };
    return [{ sentence, key: JSON.stringify([change, was, name]) }];
  });
  // A headset is a microphone and a speaker, of one name: that is one piece of news.
  const news = all.filter((n, i) => all.findIndex((m) => m.key === n.key) === i);
  return (
    <>
      {news
        .filter(({ key }) => !read.includes(key))
        .map(({ sentence, key }) => (
          <Notice
            key={key}
            kind="info"
            sentence={sentence}
            dismiss={() => setRead((keys) => [...keys, key])}
          />
        ))}
    </>
  );
}
