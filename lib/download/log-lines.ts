type Line = { at: Date; source: string; stream: string; text: string }

/** One line each: instant, source, stream, text. Escape sequences stay in, for `less -R`. */
export async function* formatLogLines(pages: AsyncIterable<Line[]>): AsyncGenerator<string> {
  for await (const page of pages) {
    yield page.map(({ at, source, stream, text }) => `${at.toISOString()} ${source} ${stream} ${text}\n`).join('')
  }
}
