import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { defineConfig, type Plugin } from 'vite';

const at = (path: string): string => resolve(import.meta.dirname, path);

// go:embed needs a folder that is never empty, so dist/.gitkeep is committed
// and comes back after emptyOutDir has taken it.
const keep: Plugin = {
  name: 'keep-gitkeep',
  apply: 'build',
  closeBundle() {
    writeFileSync(at('dist/.gitkeep'), '');
  },
};

export default defineConfig({
  root: import.meta.dirname,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [keep],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: ['es2022', 'safari16.4', 'chrome109', 'firefox115'],
    // The pages are served under a strict CSP: no data: URLs, nothing inline.
    assetsInlineLimit: 0,
    modulePreload: {
      polyfill: false,
      // The parts of a call are small, and fetched ahead (ui/later.tsx): a list of what each
      // imports would weigh more in the first load than it spares.
      resolveDependencies: (file, imports) => (file.includes('/firestore-') ? imports : []),
    },
    // Firebase's SDK, which is fetched when it is needed: scripts/size.js weighs it.
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      input: { index: at('index.html'), phone: at('phone.html') },
      output: {
        // What the pages share is one file: what is fetched later uses parts of
        // it, and would cut it into many that pack worse.
        codeSplitting: {
          groups: [
            {
              name: 'page',
              minShareCount: 2,
              test: /src[\\/]((ui|model)(?![\\/](panels|desktop|en\.desktop))|style|signaling[\\/]signaling)|preact|lucide|preload-helper/,
            },
          ],
        },
      },
    },
  },
});
