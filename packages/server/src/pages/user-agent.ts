/** A browser's name and system out of a User-Agent header: a reminder for the person who reads it, never evidence. */

const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:HeadlessChrome|Chrome|CriOS)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
  [/^curl\//, 'curl'],
]

const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
]

const LONGEST_UNKNOWN = 60

/** “Firefox on Windows”; the header itself, shortened, where no row fits. */
export function browserWords(userAgent: string | undefined): string {
  if (userAgent === undefined || userAgent === '') return 'Unknown browser'
  const browser = BROWSERS.find(([form]) => form.test(userAgent))?.[1]
  const system = SYSTEMS.find(([form]) => form.test(userAgent))?.[1]
  if (browser === undefined) return userAgent.length > LONGEST_UNKNOWN ? `${userAgent.slice(0, LONGEST_UNKNOWN)}…` : userAgent
  return system === undefined ? browser : `${browser} on ${system}`
}
