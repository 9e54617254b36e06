import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), tailwindcss()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // Inlined assets would be `data:` addresses, which the page's content security policy refuses for scripts and styles.
    assetsInlineLimit: 0,
    // The preload helper is only for browsers that cannot preload modules, and would be an inline script.
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/v1': 'http://127.0.0.1:8787' } },
})
