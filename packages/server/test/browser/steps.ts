/** What people do on the pages, by the ids of their controls. */
import type { Page } from 'playwright-core'
import type { Latchwork } from '../kit/start-latchwork.ts'

export interface Person {
  readonly name: string
  readonly email: string
  readonly password: string
}

export const ada: Person = { name: 'Ada', email: 'ada@example.com', password: 'correct horse battery staple' }

/** On the sign-up page. */
export async function fillSignUp(page: Page, person = ada): Promise<void> {
  await page.fill('#signup-name', person.name)
  await page.fill('#signup-identifier', person.email)
  await page.fill('#signup-password', person.password)
  await page.click('#signup-submit')
}

/** On the sign-in page. */
export async function fillSignIn(page: Page, person = ada): Promise<void> {
  await page.fill('#login-identifier', person.email)
  await page.fill('#login-password', person.password)
  await page.click('#login-submit')
}

/** Opens the sign-up page and registers; ends on the account page. */
export async function signUp(page: Page, latchwork: Latchwork, person = ada): Promise<void> {
  await page.goto(`${latchwork.issuer}/signup`)
  await fillSignUp(page, person)
  await page.waitForURL(`${latchwork.issuer}/account`)
}

/** Takes the one-time link of the first start; ends on the page of keys. */
export async function becomeOperator(page: Page, latchwork: Latchwork, person = ada): Promise<void> {
  await page.goto(latchwork.server.operatorLink ?? '')
  await fillSignUp(page, person)
  await page.waitForURL(`${latchwork.issuer}/operator/keys`)
}

export async function heading(page: Page): Promise<string> {
  return (await page.locator('h1').innerText()).trim()
}
