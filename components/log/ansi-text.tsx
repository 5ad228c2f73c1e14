import Anser from 'anser'
import type { CSSProperties } from 'react'

type Props = { text: string; find: string }

/** Colours of a terminal as spans; text stays text and never becomes HTML. */
export function AnsiText({ text, find }: Props) {
  // A progress bar writes over its line again and again: what stood there last counts.
  const last = text.replace(/\r+$/, '').replace(/^.*\r/s, '')
  return Anser.ansiToJson(last, { use_classes: true, remove_empty: true }).map((part, index) => {
    const style = styleOf(part)
    const content = find === '' ? part.content : highlighted(part.content, find)
    return style ? <span key={index} style={style}>{content}</span> : <span key={index}>{content}</span>
  })
}

type Part = ReturnType<typeof Anser.ansiToJson>[number]

function styleOf({ fg, bg, fg_truecolor, bg_truecolor, decorations }: Part): CSSProperties | null {
  const style: CSSProperties = {
    // On a ground of its own a named colour has to be drawn towards the ink, too.
    ...(fg ? { color: bg ? readable(sent(fg, fg_truecolor)) : colour(fg, fg_truecolor) } : {}),
    ...(bg ? { backgroundColor: ground(sent(bg, bg_truecolor)) } : {}),
    ...(decorations.includes('bold') ? { fontWeight: 600 } : {}),
    ...(decorations.includes('italic') ? { fontStyle: 'italic' } : {}),
    ...(decorations.includes('underline') ? { textDecoration: 'underline' } : {}),
    ...(decorations.includes('dim') ? { opacity: 0.8 } : {}),
  }
  return Object.keys(style).length > 0 ? style : null
}

/** Sixteen named colours are the theme's own, so that they can be read on it; the rest keeps its hue. */
function colour(name: string, truecolor: string | null) {
  return /truecolor|palette/.test(name) ? readable(sent(name, truecolor)) : `var(--${name})`
}

/** As the program sent it. */
function sent(name: string, truecolor: string | null): string {
  if (name === 'ansi-truecolor') return /^[\d, ]+$/.test(truecolor ?? '') ? `rgb(${truecolor})` : 'var(--ink)'
  const palette = /^ansi-palette-(\d+)$/.exec(name)?.[1]
  return palette === undefined ? `var(--${name})` : fromPalette(Number(palette))
}

/** Drawn towards the theme's ink until it can be read on either ground; the hue is kept. */
const readable = (colour: string) => `color-mix(in oklab, ${colour} 35%, var(--ink))`

/** Drawn towards the theme's ground until the theme's ink can be read on it. */
const ground = (colour: string) => `color-mix(in oklab, ${colour} 25%, var(--sunken))`

/** The 6 × 6 × 6 cube and the 24 greys of 256-colour terminals. */
function fromPalette(number: number) {
  if (number >= 232) return `rgb(${Array(3).fill(8 + (number - 232) * 10).join(' ')})`
  const index = number - 16
  const level = (step: number) => (step === 0 ? 0 : 55 + step * 40)
  return `rgb(${level(Math.floor(index / 36))} ${level(Math.floor(index / 6) % 6)} ${level(index % 6)})`
}

function highlighted(content: string, find: string) {
  const pieces: React.ReactNode[] = []
  const lower = content.toLowerCase()
  const wanted = find.toLowerCase()
  let from = 0
  for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, from)) {
    pieces.push(content.slice(from, at), <mark key={at} className="bg-mark text-ink">{content.slice(at, at + wanted.length)}</mark>)
    from = at + wanted.length
  }
  return [...pieces, content.slice(from)]
}
