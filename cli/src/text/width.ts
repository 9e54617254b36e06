// How many columns of a terminal a text takes. East-Asian wide and emoji take two, combining marks none.

const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{1fa70}-\u{1faff}\u{20000}-\u{3fffd}]/u
const NARROW = /^[\x20-\x7e]*$/
const segmenter = lazily(() => new Intl.Segmenter('en', { granularity: 'grapheme' }))
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** Columns of a text without escapes. */
export function widthOf(text: string): number {
  if (NARROW.test(text)) return text.length
  let width = 0
  for (const { segment } of segmenter().segment(text)) width += widthOfOne(segment)
  return width
}

function widthOfOne(grapheme: string): number {
  if (WIDE.test(grapheme) || /\ufe0f|\p{Emoji_Presentation}/u.test(grapheme)) return 2
  return /^[\p{Mn}\p{Me}\p{Cf}]/u.test(grapheme) ? 0 : 1
}

/** Cuts at a width; what is cut off is shown by an ellipsis. */
export function clip(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  let kept = ''
  let left = width - 1
  for (const { segment } of segmenter().segment(text)) {
    left -= widthOfOne(segment)
    if (left < 0) break
    kept += segment
  }
  return width < 1 ? '' : `${kept.trimEnd()}…`
}

export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const room = ' '.repeat(Math.max(0, width - widthOf(text)))
  return align === 'left' ? text + room : room + text
}

/** Breaks at spaces; a word that is longer than a line is broken inside. */
export function wrap(text: string, width: number): readonly string[] {
  // As it is where it fits: spaces that align it are a part of it.
  if (widthOf(text) <= width) return [text]
  const lines: string[] = []
  let line = ''
  for (let word of text.split(' ')) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) <= width) {
      line += ` ${word}`
      continue
    }
    if (line !== '') lines.push(line)
    while (widthOf(word) > width) {
      let head = ''
      for (const { segment } of segmenter().segment(word)) {
        if (widthOf(head + segment) > width) break
        head += segment
      }
      if (head === '') break
      lines.push(head)
      word = word.slice(head.length)
    }
    line = word
  }
  return [...lines, line]
}

/** What came from elsewhere, safe on a terminal: an escape in a prompt must not move the cursor or colour what follows. */
export function plain(text: string): string {
  return text.replace(CONTROL, (character) => (character === '\n' || character === '\t' ? ' ' : '\ufffd'))
}

/** The same for text of several lines, whose tabs and ends of lines stay. */
export function plainLines(text: string): string {
  return text.replace(CONTROL, (character) => (/[\n\r\t]/.test(character) ? character : '\ufffd'))
}

/** JSON that is safe on a terminal and means the same: what JSON itself leaves as it is, is escaped too. */
export function plainJson(value: unknown, indent: number): string {
  const text = JSON.stringify(value, null, indent)
  return text.replace(CONTROL, (one) => (one === '\n' ? one : `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`))
}

function lazily<T>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}
