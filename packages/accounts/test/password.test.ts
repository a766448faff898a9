import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkPassword, checkPasswordStrength, createHasher, hashPassword, needsRehash } from '@latchwork/accounts'
import { Refusal } from '@latchwork/kernel'

const PASSWORD = 'correct pony battery'

/** The same bytes in another spelling: the last digit of unpadded base64 has bits that belong to none. */
function withSpareBits(base64: string): string {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  const other = base64.slice(0, -1) + digits.charAt(digits.indexOf(base64.slice(-1)) + 1)
  assert.deepEqual(Buffer.from(other, 'base64'), Buffer.from(base64, 'base64'))
  return other
}

describe('a password at rest', () => {
  it('J11: is an Argon2id PHC string with its own salt', async () => {
    const [one, other] = await Promise.all([hashPassword(PASSWORD), hashPassword(PASSWORD)])
    assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    assert.notEqual(one, other)
    assert.deepEqual(await Promise.all([checkPassword(one, PASSWORD), checkPassword(other, PASSWORD)]), [true, true])
    assert.deepEqual(await Promise.all([checkPassword(one, `${PASSWORD} `), checkPassword(one, ''), checkPassword(one, PASSWORD.toUpperCase())]), [
      false,
      false,
      false,
    ])
    assert.equal(needsRehash(one), false)
  })

  it('J11: fits however the keyboard composed it', async () => {
    const phc = await hashPassword('caf\u00e9 na\u00efve stra\u00dfe')
    assert.equal(await checkPassword(phc, 'cafe\u0301\u00a0nai\u0308ve\u2003stra\u00dfe'), true)
    assert.equal(await checkPassword(phc, 'cafe naive strasse'), false)
  })

  it('J11: reads the parameters of a hash made elsewhere (test vector of RFC 9106 form, p=4)', async () => {
    const foreign = '$argon2id$v=19$m=64,t=3,p=4$c29tZXNhbHRzb21lc2FsdA$' // salt "somesaltsomesalt"
    const { argon2Sync } = await import('node:crypto')
    const tag = argon2Sync('argon2id', { message: PASSWORD, nonce: 'somesaltsomesalt', parallelism: 4, tagLength: 32, memory: 64, passes: 3 })
    const phc = foreign + tag.toString('base64').replace(/=+$/, '')
    assert.deepEqual([await checkPassword(phc, PASSWORD), await checkPassword(phc, 'other'), needsRehash(phc)], [true, false, true])
  })

  it('R6: a malformed hash, or one beyond all bounds, fits nothing and costs nothing', async () => {
    const phc = await hashPassword(PASSWORD)
    const [, , , parameters = '', salt = '', tag = ''] = phc.split('$')
    const broken = [
      '',
      '$',
      PASSWORD,
      phc.slice(1),
      `${phc}$`,
      `${phc}=`,
      `${phc}\n`,
      phc.replace('argon2id', 'argon2i'),
      phc.replace('v=19', 'v=16'),
      phc.replace('m=19456', 'm=4194304'),
      phc.replace('m=19456', 'm=999999'),
      phc.replace('m=19456', 'm=7'),
      phc.replace('m=19456', 'm=019456'),
      phc.replace('t=2', 't=99'),
      phc.replace('t=2', 't=0'),
      phc.replace('p=1', 'p=99'),
      phc.replace('p=1', 'p=0'),
      `$argon2id$v=19$${parameters}$${withSpareBits(salt)}$${tag}`,
      `$argon2id$v=19$${parameters}$${salt}$${withSpareBits(tag)}`,
      `$argon2id$v=19$${parameters}$$${tag}`,
      `$argon2id$v=19$${parameters}$${salt}$`,
      `$argon2id$v=19$${parameters}$${salt}$${tag.slice(0, -1)}_`,
      `$argon2id$v=19$${parameters}$${salt}$${tag.slice(0, 20)}`,
      `$argon2id$v=19$${parameters}$${salt}$${'A'.repeat(100_000)}`,
    ]
    const startedAt = performance.now()
    for (const text of broken) assert.deepEqual([await checkPassword(text, PASSWORD), needsRehash(text)], [false, true], text.slice(0, 80))
    assert.ok(performance.now() - startedAt < 200)
  })
})

describe('the strength of a password', () => {
  const reasonOf = (password: string, email = 'ada.lovelace@example.com') => {
    try {
      checkPasswordStrength(password, email)
      return undefined
    } catch (error) {
      assert.ok(error instanceof Refusal && error.code === 'password_weak' && error.detail.length > 20)
      assert.ok(password.length < 4 || !error.detail.toLowerCase().includes(password.toLowerCase()), 'the sentence does not repeat the password')
      return error.reason
    }
  }

  it('J11: takes long and unusual passwords of any script, without rules of composition', () => {
    for (const password of [
      PASSWORD,
      'tjwqvbnple',
      'пароль для проверки',
      '合言葉は山と川と海と空',
      'Tr0ub4dor&3x',
      '   spaces count   ',
      '🐎🔋📎🦉🌵🍋🧭🪁🧦🥁',
      'x'.repeat(246) + PASSWORD.slice(0, 10),
    ]) {
      assert.equal(reasonOf(password), undefined, password)
    }
  })

  it('J11: refuses the short, the overlong and what cannot be typed, counting characters and not bytes', () => {
    assert.equal(reasonOf('tjwqvbnpl'), 'too_short')
    assert.equal(reasonOf('🐎🔋📎🦉🌵'), 'too_short')
    assert.equal(reasonOf(''), 'too_short')
    assert.equal(reasonOf(`${PASSWORD}${'x'.repeat(256)}`), 'too_long')
    assert.equal(reasonOf('x'.repeat(10_000_000)), 'too_long')
    assert.equal(reasonOf('tjwq\u0000vbnple'), 'control_character')
    assert.equal(reasonOf('tjwqvbnple\ud800'), 'control_character')
    assert.equal(reasonOf('abababababab'), 'monotonous')
  })

  it('J11: refuses the address itself, plain or dressed', () => {
    for (const password of ['ada.lovelace@example.com', 'Ada.Lovelace@Example.com', 'ada.lovelace', 'Ada.Lovelace1815!'])
      assert.equal(reasonOf(password), 'own_address', password)
  })

  it('J11: refuses what is guessed first, plain or dressed', () => {
    for (const password of [
      'password123',
      'P@ssw0rd2024!',
      'Welcome2024!',
      'letmeinplease',
      'qwertyuiop',
      'Qwertyuiop123',
      '1234567890',
      '0987654321',
      'abcdefghijkl',
      'poiuytrewq',
      'iloveyou1234',
      '1q2w3e4r5t',
      '!!Admin!!2024',
    ]) {
      assert.notEqual(reasonOf(password), undefined, password)
    }
  })
})

describe('bounded hashing', () => {
  it('R4: runs as many at once as it may, lets as many wait as it may, and refuses the rest at once with Retry-After', async () => {
    const hasher = createHasher({ concurrency: 2, queue: 3 })
    const startedAt = performance.now()
    const runs = Array.from({ length: 20 }, () => hasher.hash(PASSWORD))
    const refusedFirst = await Promise.race(
      runs.map((run, i) =>
        run.then(
          () => `hashed ${i}`,
          (error: unknown) => error,
        ),
      ),
    )
    assert.ok(refusedFirst instanceof Refusal, 'the refusal does not wait for any hash')
    assert.deepEqual([refusedFirst.code, refusedFirst.status], ['overloaded', 503])
    assert.ok((refusedFirst.retryAfterSeconds ?? 0) >= 1)
    const settled = await Promise.allSettled(runs)
    assert.deepEqual(
      settled.map(({ status }) => status),
      [...Array(5).fill('fulfilled'), ...Array(15).fill('rejected')],
    )
    assert.ok(performance.now() - startedAt < 20_000)
  })

  it('R4: is free again after a flood, and after work that failed', async () => {
    const hasher = createHasher({ concurrency: 1, queue: 0 })
    const flood = await Promise.allSettled(Array.from({ length: 10 }, () => hasher.check(undefined, PASSWORD)))
    assert.equal(flood.filter(({ status }) => status === 'fulfilled').length, 1)
    await assert.rejects(hasher.hash(Symbol('no text') as unknown as string), TypeError)
    assert.equal(await hasher.check(await hasher.hash(PASSWORD), PASSWORD), true)
  })

  it('J11: an unknown address costs what a wrong password costs, and never fits', async () => {
    const hasher = createHasher({ concurrency: 1, queue: 0 })
    const phc = await hasher.hash(PASSWORD)
    /** Of the processor, not of the clock: others may be at work on the machine. */
    const costOf = async (hash: string | undefined): Promise<number> => {
      const before = process.cpuUsage()
      assert.equal(await hasher.check(hash, 'a wrong password'), false)
      const { user, system } = process.cpuUsage(before)
      return user + system
    }
    const least = { wrong: Number.POSITIVE_INFINITY, unknown: Number.POSITIVE_INFINITY }
    for (let i = 0; i < 7; i++) {
      least.wrong = Math.min(least.wrong, await costOf(phc))
      least.unknown = Math.min(least.unknown, await costOf(undefined))
    }
    assert.ok(least.unknown > least.wrong / 2 && least.unknown < least.wrong * 2, JSON.stringify(least))
  })

  it('R4: bounds that make no sense are refused', () => {
    for (const bounds of [
      { concurrency: 0, queue: 1 },
      { concurrency: 1, queue: -1 },
      { concurrency: 1.5, queue: 1 },
      { concurrency: 1, queue: Infinity },
    ]) {
      assert.throws(() => createHasher(bounds), RangeError)
    }
  })
})
