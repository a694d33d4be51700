import { Brand } from './brand.tsx';
import { Heading } from './heading.tsx';

/** A page for where nothing else can be shown: what is missing, and what to do. */
export function Unsupported({ title, what, next }: { title: string; what: string; next: string }) {
  return (
    <main class="unsupported">
      <Brand />
      <Heading>{title}</Heading>
      {what && <p>{what}</p>}
      <p class="soft">{next}</p>
    </main>
  );
}
