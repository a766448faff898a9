/** The way to an advice, as a person walks it: by mouse, by keyboard, back again, on a phone. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { comparison, variants } from '@latchwork/advice'
import { startLatchwork } from '../kit/start-latchwork.ts'
import { describeInChromium } from './chromium.ts'
import { heading } from './steps.ts'

describeInChromium('advice pages', (open) => {
  it('A1: from the first page by clicks to an advice; the browser goes back, an answer is changed', async (t) => {
    const latchwork = await startLatchwork(t)
    const { page } = await open(t)
    await page.goto(latchwork.issuer)
    await page.click('a[href="/advise"]')
    assert.equal(await heading(page), 'Who calls your API?')
    await page.getByRole('link', { name: "Somebody else's application" }).click()
    assert.equal(await heading(page), 'Where does that application run?')
    await page.goBack()
    assert.equal(await heading(page), 'Who calls your API?')
    await page.getByRole('link', { name: "A customer's server or script" }).click()
    await page.getByRole('link', { name: 'It must check by itself' }).click()
    await page.getByRole('link', { name: 'No: it must prove itself without showing it' }).click()
    await page.getByRole('link', { name: 'No', exact: true }).click()
    assert.match(await heading(page), /proven by a key that never travels, with a JWT access token/)
    assert.match(await page.locator('pre').first().innerText(), /createVerifier/)
    await page.getByRole('link', { name: /Change the answer to: How can your API check/ }).click()
    assert.equal(await heading(page), 'How can your API check each call?')
  })

  it('A1: by keyboard alone, on a phone: nothing stands over the edge but code, which scrolls in its own box', async (t) => {
    const latchwork = await startLatchwork(t)
    const { page } = await open(t, { viewport: { width: 360, height: 740 } })
    await page.goto(`${latchwork.issuer}/advise?caller=own-front-end&others=no`)
    const no = page.getByRole('link', { name: 'No', exact: true })
    for (let turn = 0; turn < 20 && !(await no.evaluate((link) => link === document.activeElement)); turn++) await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.waitForURL(/leaning=no/)
    assert.equal(await heading(page), 'A session: a short JWT, and a refresh token in a cookie')
    for (const path of [page.url(), `${latchwork.issuer}/advise/comparison`]) {
      await page.goto(path)
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360, path)
    }
  })

  it('A2: the comparison is a table where there is room for it, a list a property where there is not, and a table to a screen reader in both', async (t) => {
    const latchwork = await startLatchwork(t)
    const { page } = await open(t)
    for (const { width, isTable } of [
      { width: 1280, isTable: true },
      { width: 768, isTable: false },
      { width: 320, isTable: false },
    ]) {
      await page.setViewportSize({ width, height: 800 })
      await page.goto(`${latchwork.issuer}/advise/comparison`)
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width)
      const cell = page
        .getByRole('row', { name: /^Lifetime / })
        .getByRole('cell')
        .first()
      const shown = await cell.evaluate((td) => ({ display: getComputedStyle(td).display, of: getComputedStyle(td, '::before').content }))
      assert.deepEqual(shown, isTable ? { display: 'table-cell', of: 'none' } : { display: 'grid', of: '"Secret key" / ""' })
      const table = page.getByRole('table', { name: 'The mechanisms, property by property' })
      assert.equal(await table.getByRole('columnheader').count(), variants.length + 1)
      assert.equal(await table.getByRole('rowheader').count(), comparison.length)
      assert.equal(await table.getByRole('cell').count(), comparison.length * variants.length)
      assert.match(await table.ariaSnapshot(), /- rowheader "Lifetime"\n\s+- cell "until revoked, or the expiry it is given"\n/)
    }
  })
})
