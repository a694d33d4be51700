/** Opens the device's own sheet for sharing; undefined where it has none. */
export const share =
  typeof navigator !== 'undefined' && 'share' in navigator
    ? async (link: string): Promise<void> => {
        try {
          await navigator.share({ url: link });
        } catch (thrown) {
          // The user closed the sheet.
          if (!(thrown instanceof DOMException && thrown.name === 'AbortError')) throw thrown;
        }
      }
    : undefined;
