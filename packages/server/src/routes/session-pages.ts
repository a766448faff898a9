/** Pages for signing in and signing up. */
import { claimFirstOperator, isFirstOperatorLink, MIN_PASSWORD_CHARACTERS, type ProvenUser, provePassword, signUp, type User } from '@latchwork/accounts'
import { Refusal, refuse } from '@latchwork/kernel'
import { type SignInPlace, startSession } from '@latchwork/sessions'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { checkForm, formerOf, makeFormToken } from '../http/browser.ts'
import { emptyFields } from '../http/empty-fields.ts'
import { formOf, queryOf } from '../http/parse-form.ts'
import { seeOther, sendPage } from '../http/send-page.ts'
import { setSessionCookies } from '../http/session-cookies.ts'
import type { Site } from '../http/site.ts'
import { destinationOf, wayOn } from '../http/way-on.ts'
import { firstOperatorPage, type Problem, paths, signInPage, signUpPage } from '../pages/index.ts'

const config = { dialect: 'page' } as const

export function sessionPageRoutes(app: FastifyInstance, site: Site): void {
  app.get(paths.signIn, { config }, (request, reply) => showSignIn(site, request, reply, queryOf(request)))
  app.post(paths.signIn, { config }, (request, reply) => signInByForm(site, request, reply, formOf(request)))
  app.get(paths.signUp, { config }, (request, reply) => showSignUp(site, request, reply, queryOf(request)))
  app.post(paths.signUp, { config }, (request, reply) => signUpByForm(site, request, reply, formOf(request)))
  app.get(paths.firstOperator, { config }, (request, reply) => showFirstOperator(site, request, reply, queryOf(request)))
  app.post(paths.firstOperator, { config }, (request, reply) => claimByForm(site, request, reply, formOf(request)))
}

interface Refused {
  readonly email: string
  readonly name?: string
  readonly status: number
  readonly problems: readonly Problem[]
}

const ASKS = { email: 'Enter your e-mail address.', password: 'Enter your password.' } as const
const ASKS_OF_NEW = { name: 'Enter your name.', email: ASKS.email, password: 'Choose a password.' } as const

async function showSignIn(site: Site, request: FastifyRequest, reply: FastifyReply, asked: URLSearchParams, refused?: Refused): Promise<FastifyReply> {
  const way = wayOn(asked.get('continue'))
  const destination = await destinationOf(site, way)
  const email = refused?.email ?? asked.get('login_hint') ?? undefined
  if (refused !== undefined) void reply.code(refused.status)
  const page = signInPage(site.page, {
    formToken: makeFormToken(site, request, reply, 'sign-in'),
    continue: way,
    isSignUpOpen: site.installation.accounts.signUpOpen,
    ...(destination === undefined ? {} : { destination }),
    ...(email === undefined ? {} : { email: email.slice(0, 254) }),
    ...(refused === undefined ? {} : { problems: refused.problems }),
  })
  return sendPage(reply, page, destination === undefined ? [] : [destination.redirectUri])
}

async function signInByForm(site: Site, request: FastifyRequest, reply: FastifyReply, form: URLSearchParams): Promise<FastifyReply> {
  checkForm(site, request, form, 'sign-in')
  const email = form.get('email') ?? ''
  const problems = emptyFields(form, ASKS)
  if (problems.length > 0) return showSignIn(site, request, reply, form, { email, status: 400, problems })
  try {
    const former = await formerOf(site, request) // before the proof, which takes its time: of tabs that sign in at once, each finds the same
    const proof = { email, password: form.get('password') ?? '', origin: site.originOf(request) }
    const proven = await provePassword(site.installation.accounts, proof, site.clock.now())
    await enter(site, request, reply, proven, { former, formToken: form.get('form_token') ?? undefined })
  } catch (error) {
    const refusal = tellInForm(site, request, reply, error)
    return showSignIn(site, request, reply, form, { email, ...toldOf(refusal) })
  }
  return seeOther(reply, wayOn(form.get('continue')))
}

async function showSignUp(site: Site, request: FastifyRequest, reply: FastifyReply, asked: URLSearchParams, refused?: Refused): Promise<FastifyReply> {
  if (!site.installation.accounts.signUpOpen) return refuse('sign_up_closed')
  const way = wayOn(asked.get('continue'))
  const destination = await destinationOf(site, way)
  if (refused !== undefined) void reply.code(refused.status)
  const page = signUpPage(site.page, {
    formToken: makeFormToken(site, request, reply, 'sign-up'),
    continue: way,
    minimumPasswordLength: MIN_PASSWORD_CHARACTERS,
    ...(destination === undefined ? {} : { destination }),
    ...(refused === undefined ? {} : { email: refused.email, name: refused.name ?? '', problems: refused.problems }),
  })
  return sendPage(reply, page, destination === undefined ? [] : [destination.redirectUri])
}

async function signUpByForm(site: Site, request: FastifyRequest, reply: FastifyReply, form: URLSearchParams): Promise<FastifyReply> {
  checkForm(site, request, form, 'sign-up')
  const registration = registrationOf(site, request, form)
  const { email, name } = registration
  const problems = emptyFields(form, ASKS_OF_NEW)
  if (problems.length > 0) return showSignUp(site, request, reply, form, { email, name, status: 400, problems })
  try {
    const user = await signUp(site.installation.accounts, registration, site.clock.now())
    await enterNew(site, request, reply, user, registration.password)
  } catch (error) {
    const refusal = tellInForm(site, request, reply, error)
    return showSignUp(site, request, reply, form, { email, name, ...toldOf(refusal) })
  }
  return seeOther(reply, wayOn(form.get('continue')))
}

async function showFirstOperator(site: Site, request: FastifyRequest, reply: FastifyReply, asked: URLSearchParams, refused?: Refused): Promise<FastifyReply> {
  const link = asked.get('link') ?? ''
  if (!(await isFirstOperatorLink(site.installation.accounts, link, site.clock.now()))) return refuse('link_invalid')
  if (refused !== undefined) void reply.code(refused.status)
  const page = firstOperatorPage(site.page, {
    link,
    formToken: makeFormToken(site, request, reply, 'first-operator'),
    minimumPasswordLength: MIN_PASSWORD_CHARACTERS,
    ...(refused === undefined ? {} : { email: refused.email, name: refused.name ?? '', problems: refused.problems }),
  })
  return sendPage(reply, page)
}

async function claimByForm(site: Site, request: FastifyRequest, reply: FastifyReply, form: URLSearchParams): Promise<FastifyReply> {
  checkForm(site, request, form, 'first-operator')
  const registration = registrationOf(site, request, form)
  const { email, name } = registration
  const problems = emptyFields(form, ASKS_OF_NEW)
  if (problems.length > 0) return showFirstOperator(site, request, reply, form, { email, name, status: 400, problems })
  try {
    const user = await claimFirstOperator(site.installation.accounts, form.get('link') ?? '', registration, site.clock.now())
    await enterNew(site, request, reply, user, registration.password)
  } catch (error) {
    const refusal = tellInForm(site, request, reply, error)
    if (refusal.code === 'link_invalid') throw refusal
    return showFirstOperator(site, request, reply, form, { email, name, ...toldOf(refusal) })
  }
  return seeOther(reply, paths.keys)
}

function registrationOf(
  site: Site,
  request: FastifyRequest,
  form: URLSearchParams,
): { email: string; name: string; password: string; origin: ReturnType<Site['originOf']> } {
  return { email: form.get('email') ?? '', name: form.get('name') ?? '', password: form.get('password') ?? '', origin: site.originOf(request) }
}

/** Who has just registered with a password has proven that they know it: the same path as a sign-in, so that there is one. */
async function enterNew(site: Site, request: FastifyRequest, reply: FastifyReply, user: User, password: string): Promise<void> {
  const former = await formerOf(site, request)
  const proven = await provePassword(site.installation.accounts, { email: user.email, password, origin: site.originOf(request) }, site.clock.now())
  await enter(site, request, reply, proven, { former })
}

async function enter(site: Site, request: FastifyRequest, reply: FastifyReply, proven: ProvenUser, place: SignInPlace): Promise<void> {
  const started = await startSession(site.installation.sessions, proven, site.originOf(request), site.clock.now(), place)
  setSessionCookies(reply, started)
}

const FIELD_OF: Partial<Record<Refusal['code'], string>> = {
  identifier_invalid: 'email',
  identifier_taken: 'email',
  password_weak: 'password',
  sign_in_failed: 'password',
}

function toldOf({ code, reason, detail, status }: Refusal): Pick<Refused, 'status' | 'problems'> {
  const field = FIELD_OF[code] ?? (reason === 'name' ? 'name' : undefined)
  return { status, problems: [{ message: detail, ...(field === undefined ? {} : { field }) }] }
}

/** A refusal that the person can mend in the form; everything else goes the way of all errors. */
function tellInForm(site: Site, request: FastifyRequest, reply: FastifyReply, error: unknown): Refusal {
  if (!(error instanceof Refusal) || error.status >= 500) throw error
  site.recordRefusal(error, request)
  if (error.retryAfterSeconds !== undefined) void reply.header('retry-after', String(error.retryAfterSeconds))
  return error
}
