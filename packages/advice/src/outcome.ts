/** What an advice says. */
import type { Answers } from './questions.ts'

export type Family = 'api-key' | 'session' | 'oauth'

export interface Terms {
  readonly lifetime: string
  readonly rotation: string
  readonly storage: string
  readonly binding: string
}

/** What `--apply` makes at a running server. */
export type Making = { readonly makes: 'key'; readonly kind: 'rk' | 'pat' } | ClientMaking | { readonly makes: 'settings'; readonly configuration: string }

export interface ClientMaking {
  readonly makes: 'client'
  readonly grantTypes: readonly string[]
  readonly authenticationMethod: string
  /** `by-redirect`: a page in a browser is sent back to https, an application on a device to a loopback address or a scheme of its own. */
  readonly applicationType: 'web' | 'native' | 'by-redirect'
}

/** Which credential the code is for. */
export type SnippetKind = 'key' | 'own-token' | 'opaque-token' | 'signed-token'

export interface Outcome {
  readonly id: string
  readonly title: string
  readonly families: readonly Family[]
  readonly fits: (answers: Answers) => boolean
  readonly why: readonly string[]
  /** Why not what was not chosen. A family that is part of the advice has no entry. */
  readonly whyNot: Readonly<Partial<Record<Family, string>>>
  readonly terms: Terms
  readonly mistakes: readonly string[]
  readonly snippets: SnippetKind
  readonly making: Making
}
