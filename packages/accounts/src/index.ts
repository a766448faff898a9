/**
 * Owns people, their accounts, the ways in (here: the password) and the login session. Leaves to `sessions` and `oauth` what a signed-in person is given, to
 * `limits` the counting of attempts, and to the server cookies, pages and mail.
 */
export type { Accounts, Admission, SignInAttempt, SignInThrottle } from './accounts.ts'
export { type AccountChange, disableAccount, enableAccount, renameAccount } from './change-account.ts'
export { type AskedPerson, changePerson, type PersonChange } from './change-person.ts'
export { type AccountMaker, createAccount, type MadeAccount } from './create-account.ts'
export { type DeclaredUser, declareUser } from './declare-user.ts'
export { disableUser, enableUser, type UserChange } from './disable-user.ts'
export { claimFirstOperator, isFirstOperatorLink, offerFirstOperator } from './first-operator.ts'
export { createHasher, type Hasher, type HasherBounds, hasherBounds } from './hasher.ts'
export { parseEmail } from './identifier.ts'
export {
  type FormerSignIn,
  findFormer,
  findSignedIn,
  journalOfSessionEnd,
  type LoginLifetimes,
  type NewLoginSession,
  newLoginSession,
  renewedLoginSession,
  type SignInForm,
  type SignOut,
  signOut,
} from './login-session.ts'
export type { Registration } from './new-user.ts'
export { checkPassword, hashPassword, needsRehash, passwordParameters } from './password.ts'
export { checkPasswordStrength, MAX_PASSWORD_CHARACTERS, MIN_PASSWORD_CHARACTERS } from './password-strength.ts'
export { type AskedProfile, type PostalAddress, type Profile, parseProfile } from './profile.ts'
export { type PasswordProof, provePassword } from './prove-password.ts'
export type { ProvenUser } from './proven-user.ts'
export { signUp } from './sign-up.ts'
export type {
  Account,
  AccountFilter,
  AccountsStore,
  Change,
  ChangedPerson,
  LoginSession,
  Member,
  NewUser,
  OneTimeLink,
  PeopleFilter,
  Person,
  SignedIn,
  Stop,
  User,
} from './store.ts'
