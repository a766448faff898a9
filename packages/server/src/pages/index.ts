/**
 * The pages people see: pure functions from a view to a document, as text. Owns words, mark-up, stylesheet and the policy they are served under;
 * knows no request, no cookie and no store. Every page works without script, except that the ones that go on by themselves then need a press.
 */
export { type AccountView, accountPage, type ConnectedApplication, type SignedInDevice } from './account.ts'
export { type Asset, assets } from './assets.ts'
export { type AskedScope, type ConsentView, consentPage } from './consent.ts'
export { contentSecurityPolicy } from './content-security-policy.ts'
export { type ContinueView, continuePage } from './continue.ts'
export { type Destination, hostOf, isLoopback } from './destination.ts'
export { type ErrorView, errorPage } from './error.ts'
export { type FirstOperatorView, firstOperatorPage } from './first-operator.ts'
export type { Choice, Problem } from './form.ts'
export { type FormPostView, formPostPage } from './form-post.ts'
export { type HomeView, homePage } from './home.ts'
export { type KeyMadeBeforeView, type KeyMadeView, keyMadeBeforePage, keyMadePage } from './key-made.ts'
export type { PageSite, SignedInPerson } from './layout.ts'
export { type KeyFormValues, type OperatorKeysView, operatorKeysPage, type ShownKey, type ShownRootKey } from './operator-keys.ts'
export { paths, pathWith } from './paths.ts'
export { refusalIndexPage, refusalPage } from './refusal-reference.ts'
export { type SignInView, signInPage } from './sign-in.ts'
export { type SignedOutView, type SignOutView, signedOutPage, signOutPage } from './sign-out.ts'
export { type SignUpView, signUpPage } from './sign-up.ts'
export { type ShownToken, type TokensView, tokensPage } from './tokens.ts'
