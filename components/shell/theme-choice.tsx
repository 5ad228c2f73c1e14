'use client'

import { useState } from 'react'

const themes = ['system', 'light', 'dark']

/** Kept in a cookie, so that the server renders the right one at once and nothing flashes. */
export function ThemeChoice({ chosen }: { chosen: string }) {
  const [theme, setTheme] = useState(chosen)
  const choose = (next: string) => {
    setTheme(next)
    document.cookie = `davit.theme=${next}; path=/; max-age=31536000; samesite=lax`
    if (next === 'system') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = next
  }
  return (
    <fieldset className="flex rounded-md border border-line p-0.5">
      <legend className="sr-only">Theme</legend>
      {themes.map((name) => (
        <label key={name} className="flex-1 cursor-pointer rounded px-2 py-1 text-center text-[0.9rem] capitalize text-soft has-checked:bg-sunken has-checked:font-medium has-checked:text-ink has-focus-visible:outline-2 has-focus-visible:outline-accent">
          <input type="radio" name="theme" value={name} checked={theme === name} onChange={() => choose(name)} className="sr-only" />
          {name}
        </label>
      ))}
    </fieldset>
  )
}
