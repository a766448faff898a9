/** How a login speaks with the person in front of it. */
export interface LoginTalk {
  readonly say: (text: string) => void
  readonly openBrowser: (url: string) => void
  readonly wait: (milliseconds: number) => Promise<void>
  readonly now: () => number
}
