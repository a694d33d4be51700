import { label } from '../model/words.ts';

/** The name with its mark: two speech bubbles, one behind the other. */
export function Brand() {
  return (
    <header class="brand">
      <svg width="34" height="34" viewBox="0 0 64 64" aria-hidden="true">
        <rect class="brand__ground" width="64" height="64" rx="18" />
        <path
          class="brand__back"
          d="M30 23h14a8 8 0 0 1 8 8v8a8 8 0 0 1-3 6v8l-8-6h-9a8 8 0 0 1-8-8"
        />
        <path
          class="brand__front"
          d="M12 22a8 8 0 0 1 8-8h15a8 8 0 0 1 8 8v8a8 8 0 0 1-8 8h-9l-9 7v-8a8 8 0 0 1-5-7z"
        />
      </svg>
      <span>{label.app}</span>
    </header>
  );
}
