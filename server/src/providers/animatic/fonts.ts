import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { GlobalFonts } from '@napi-rs/canvas'

const require = createRequire(import.meta.url)

// Each family is a stack of subsets: the canvas takes a glyph from the first that has it.
const SANS_SUBSETS = ['latin', 'latin-ext', 'cyrillic', 'cyrillic-ext', 'greek', 'greek-ext', 'vietnamese']
const MONO = 'Animatic Mono'
const CJK = ['Noto Sans CJK SC', 'Noto Sans CJK JP', 'Noto Sans SC', 'Noto Sans JP', 'Noto Sans KR']

let families: { sans: string; mono: string; cjk: string | null } | null = null

/** Registers the fonts once per process. They come with the packages, never from the system: a slim container has none. */
export function fonts(): { readonly sans: string; readonly mono: string; readonly cjk: string | null } {
  if (families) return families
  const sans = SANS_SUBSETS.map((subset) => {
    const family = `Animatic Sans ${subset}`
    GlobalFonts.register(readFileSync(require.resolve(`@fontsource/inter/files/inter-${subset}-600-normal.woff2`)), family)
    return `'${family}'`
  })
  GlobalFonts.register(readFileSync(require.resolve('@fontsource/jetbrains-mono/files/jetbrains-mono-latin-500-normal.woff2')), MONO)
  const cjk = CJK.find((family) => GlobalFonts.has(family)) ?? null
  families = { sans: [...sans, ...(cjk ? [`'${cjk}'`] : [])].join(', '), mono: `'${MONO}'`, cjk }
  return families
}

// What the subsets above cover, and punctuation; the rest would be drawn as empty boxes.
const DRAWABLE = /[\u0020-\u007e\u00a0-\u036f\u0370-\u03ff\u0400-\u04ff\u1e00-\u1eff\u2010-\u2027\u2030-\u205e\u20ac\u2122\u2190-\u2193]/u
const DRAWABLE_CJK = /[\u2e80-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]/u

/** The text without what no font at hand can draw, on one line. */
export function drawable(text: string): string {
  const { cjk } = fonts()
  const kept = [...text]
    .map((glyph) => (DRAWABLE.test(glyph) || (cjk && DRAWABLE_CJK.test(glyph)) ? glyph : /\s/u.test(glyph) ? ' ' : ''))
    .join('')
  return kept.replace(/\s+/g, ' ').trim()
}
