// The words that only the window says, in English: apart from the others, so that
// no phone fetches them.
export const desktop = {
  home: 'Start a call',
  homeIntro: 'Create a room and send the invite. A browser is all that the other person needs.',
  or: 'or join one',
  preview: 'Camera preview',
  startPreview: 'Preview camera',
  stopPreview: 'Stop preview',
  previewIntro: 'See how you look before the call. Nobody else can.',
  doctor: 'Check before the call',
  examine: 'Check devices and network',
  examining: 'Checking… this takes up to ten seconds.',
  examined: 'That is all.',
  examineAgain: 'Check again',
  level: { ok: 'Works:', warning: 'Warning:', problem: 'Problem:', skipped: 'Not checked:' },
  noWebCodecs:
    'This webview cannot decode video (it has no WebCodecs). Parley needs WebKitGTK 2.50, macOS 13.3 or WebView2 94, or a newer one.',
  noDecoders: (codecs: string) =>
    `This webview cannot decode ${codecs}. On Linux, install the packages gstreamer1.0-plugins-good and gstreamer1.0-libav.`,
  outside: 'This page belongs inside the Parley window',
  outsideNext: 'Start Parley on your computer, or open the invite link that you were sent.',
  webviewNext: 'Update your system, then start Parley again.',
};
