/** What may stand in a profile (OpenID Connect Core §5.1). */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { mintToken, Refusal } from '@latchwork/kernel'
import { changedMembers, mergeProfile, type Profile, parseProfile } from '../src/profile.ts'

const whole: Profile = {
  given_name: 'Ada',
  family_name: 'Lovelace',
  middle_name: 'King',
  nickname: 'Countess',
  preferred_username: 'ada',
  profile: 'https://example.com/@ada',
  picture: 'https://example.com/ada.png?size=64',
  website: 'http://localhost:8080/',
  gender: 'female',
  birthdate: '1815-12-10',
  zoneinfo: 'Europe/London',
  locale: 'en-GB',
  address: {
    formatted: '12 St James’s Square\nLondon',
    street_address: '12 St James’s Square\r\nFirst floor',
    locality: 'London',
    region: 'Middlesex',
    postal_code: 'SW1Y 4LB',
    country: 'UK',
  },
  phone_number: '+14255551212;ext=56',
  phone_number_verified: true,
}

function refuses(asked: Readonly<Record<string, unknown>>, sentence: RegExp, former: Profile = {}): void {
  assert.throws(
    () => mergeProfile(former, asked),
    (error) => error instanceof Refusal && error.code === 'profile_invalid' && sentence.test(error.detail),
    JSON.stringify(asked),
  )
}

describe('a profile', () => {
  it('O6: holds every claim of OpenID Connect Core §5.1 that a person can carry, in one order', () => {
    assert.deepEqual(parseProfile({ ...whole }), whole)
    const reversed = Object.fromEntries(Object.entries(whole).reverse())
    assert.equal(JSON.stringify(parseProfile(reversed)), JSON.stringify(whole))
    assert.deepEqual(parseProfile({ ...whole, given_name: ' Ada ', locale: 'en-gb' }), whole, 'trimmed; tags in their canonical spelling')
    for (const birthdate of ['1815', '0000-02-29', '2000-02-29']) assert.deepEqual(parseProfile({ birthdate }), { birthdate })
  })

  it('O6: null takes a member away, in an address too; what is not named stays', () => {
    assert.deepEqual(mergeProfile(whole, {}), whole)
    const { gender: _, ...rest } = whole
    assert.deepEqual(mergeProfile(whole, { gender: null }), rest)
    const moved = mergeProfile(whole, { address: { locality: 'Ockham', formatted: null } })
    assert.deepEqual(Object.keys(moved.address ?? {}), ['street_address', 'locality', 'region', 'postal_code', 'country'])
    assert.equal(moved.address?.locality, 'Ockham')
    assert.deepEqual(changedMembers(whole, moved), ['address'])
    assert.deepEqual(mergeProfile({ address: { country: 'UK' } }, { address: { country: null } }), {}, 'an address with nothing in it is none')
    assert.deepEqual(mergeProfile({ address: { country: 'UK' } }, { address: null }), {})
  })

  it('O6: another phone number is not verified because the one before was', () => {
    const former: Profile = { phone_number: '+14255551212', phone_number_verified: true }
    assert.deepEqual(mergeProfile(former, { phone_number: '+14255551213' }), { phone_number: '+14255551213' })
    assert.deepEqual(mergeProfile(former, { phone_number: '+14255551212' }), former)
    const proven = { phone_number: '+14255551213', phone_number_verified: true }
    assert.deepEqual(mergeProfile(former, proven), proven)
    assert.deepEqual(mergeProfile(former, { phone_number: null }), {})
    refuses({ phone_number_verified: true }, /phone_number_verified must be sent with a phone_number/)
  })

  it('O6 R8: is refused for what it may not hold, with the member and the mend', () => {
    const long = 'x'.repeat(257)
    const cases: readonly (readonly [Readonly<Record<string, unknown>>, RegExp])[] = [
      [{ given_name: '' }, /given_name must be a text of 1 to 256 visible characters, or null/],
      [{ given_name: long }, /given_name .*256/],
      [{ given_name: 7 }, /given_name must be a text/],
      [{ nickname: 'A\u202eda' }, /nickname .*visible/],
      [{ nickname: 'A\nda' }, /nickname must be one line/],
      [{ gender: 'a\0' }, /gender .*visible/],
      [{ website: 'http://example.com' }, /website must be an https address/],
      [{ website: 'https://ada:secret@example.com' }, /website .*without user name/],
      [{ picture: 'javascript:alert(1)' }, /picture must be an https address/],
      [{ profile: `https://example.com/${'x'.repeat(2048)}` }, /profile .*2048/],
      [{ profile: 'https://example.com/é' }, /profile .*plain/],
      [{ birthdate: '1815-02-30' }, /birthdate must be a date as YYYY-MM-DD, 0000-MM-DD/],
      [{ birthdate: '10.12.1815' }, /birthdate/],
      [{ birthdate: '0000' }, /birthdate/],
      [{ zoneinfo: 'Europe/Atlantis' }, /zoneinfo must be a name of the IANA/],
      [{ zoneinfo: '+01:00' }, /zoneinfo/],
      [{ locale: 'en_US' }, /locale must be a language tag/],
      [{ address: 'London' }, /address must be an object with some of formatted/],
      [{ address: [] }, /address must be an object/],
      [{ address: { city: 'London' } }, /address has formatted, street_address/],
      [{ address: { locality: 'a\nb' } }, /address\.locality must be one line/],
      [{ address: { country: long } }, /address\.country .*256/],
      [{ phone_number: '0425 555' }, /phone_number must be \+ and digits/],
      [{ phone_number: `+${'1'.repeat(16)}` }, /phone_number/],
      [{ phone_number: '+14255551212', phone_number_verified: 'yes' }, /phone_number_verified must be true or false/],
      [{ name: 'Ada' }, /name stands beside profile/],
      [{ updated_at: 7 }, /profile has given_name, family_name/],
      [{ email: 'ada@example.com' }, /profile has given_name/],
      [JSON.parse('{ "__proto__": 1 }'), /profile has given_name/],
    ]
    for (const [asked, sentence] of cases) refuses(asked, sentence)
    const secret = mintToken('client_secret').reveal()
    for (const name of ['nickname', 'website', 'locale', 'phone_number']) {
      const value = name === 'website' ? `https://example.com/${secret}` : secret
      refuses({ [name]: value }, new RegExp(`A credential stands in ${name}`))
      assert.throws(
        () => parseProfile({ [name]: value }),
        (error) => error instanceof Refusal && !JSON.stringify({ ...error, detail: error.detail }).includes(secret),
      )
    }
    refuses({ address: { formatted: secret } }, /A credential stands in address\.formatted/)
  })

  it('O6: is 8 KB as a whole, however it came to be', () => {
    const url = `https://example.com/${'x'.repeat(2020)}`
    const wide = 'é'.repeat(256)
    const big = mergeProfile({}, { profile: url, picture: url, website: url, given_name: wide, family_name: wide, middle_name: wide })
    refuses({ nickname: wide, gender: wide }, /up to 8192 bytes/, big)
  })
})
