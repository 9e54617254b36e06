import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './App.tsx'
import './app.css'
import { startLanguage } from './i18n/index.ts'

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')
await startLanguage(navigator.languages)
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
