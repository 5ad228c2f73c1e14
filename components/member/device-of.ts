// The order matters: each of these also names those after it.
const browsers: [RegExp, string][] = [[/Edg\//, 'Edge'], [/OPR\//, 'Opera'], [/Firefox\//, 'Firefox'], [/HeadlessChrome|Chrome\/|Chromium\//, 'Chrome'], [/Safari\//, 'Safari'], [/^curl\//, 'curl']]
const systems: [RegExp, string][] = [[/Android/, 'Android'], [/iPhone|iPad/, 'iOS'], [/Windows/, 'Windows'], [/Mac OS X/, 'macOS'], [/CrOS/, 'ChromeOS'], [/Linux/, 'Linux']]

/** "Firefox on Linux": enough to tell one's own sessions apart. */
export function deviceOf(userAgent: string): string {
  const find = (names: [RegExp, string][]) => names.find(([pattern]) => pattern.test(userAgent))?.[1]
  const [browser, system] = [find(browsers), find(systems)]
  if (!browser && !system) return userAgent.slice(0, 60) || 'An unknown browser'
  return system ? `${browser ?? 'A browser'} on ${system}` : browser!
}
