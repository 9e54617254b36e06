import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import { en } from './en.ts'

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'console'
    resources: { console: typeof en }
  }
}

/** A language is one more file like `en.ts` and one more line here. */
const LANGUAGES = { en: { console: en } }

/** Starts the catalogue in the first language that both the reader and we have. Resolves before the first paint: nothing is loaded. */
export async function startLanguage(wanted: readonly string[]): Promise<void> {
  const known = Object.keys(LANGUAGES)
  const language = wanted.find((tag) => known.includes(tag.split('-')[0] ?? '')) ?? 'en'
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: 'en',
    resources: LANGUAGES,
    defaultNS: 'console',
    interpolation: { escapeValue: false }, // React escapes; twice would show &amp;
    returnNull: false,
  })
  document.documentElement.lang = language
}
