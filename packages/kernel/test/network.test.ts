import assert from 'node:assert/strict'
import { BlockList, isIP } from 'node:net'
import { describe, it } from 'node:test'
import { canonicalAddress, isAddress, isInNetworks, parseNetwork, Refusal } from '@latchwork/kernel'

/** Repeatable chance (mulberry32): a failure can be run again. */
function chance(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

type Random = ReturnType<typeof chance>

/** Addresses that lie close to each other, so that blocks hold some and not others. */
function randomGroups(random: Random): number[] {
  return Array.from(
    { length: 8 },
    (_, index) => (index < 4 ? [0x2001, 0xdb8, random(3), random(2) * 0x8000][index] : random(4) === 0 ? random(65_536) : 0) ?? 0,
  )
}

function randomQuad(random: Random): number[] {
  return [10 + random(2), random(3), random(256), random(256)]
}

/** One address in some spelling. */
function spelled(groups: readonly number[], random: Random): string {
  const hex = groups.map((group) => {
    const digits = random(2) === 0 ? group.toString(16) : group.toString(16).padStart(4, '0')
    return random(2) === 0 ? digits : digits.toUpperCase()
  })
  const zeros = groups.flatMap((group, index) => (group === 0 ? [index] : []))
  const from = zeros[random(zeros.length)]
  if (from === undefined || random(3) === 0) return hex.join(':')
  let length = 1
  while (groups[from + length] === 0 && random(4) > 0) length++
  return `${hex.slice(0, from).join(':')}::${hex.slice(from + length).join(':')}`
}

function cut(parts: readonly number[], bitsOfPart: number, prefix: number): number[] {
  return parts.map((part, index) => {
    const kept = Math.min(Math.max(prefix - index * bitsOfPart, 0), bitsOfPart)
    return part - (part % 2 ** (bitsOfPart - kept))
  })
}

function refusedDetail(text: string): string {
  try {
    parseNetwork(text)
  } catch (error) {
    assert.ok(error instanceof Refusal, String(error))
    assert.equal(error.code, 'network_invalid')
    assert.equal(error.status, 400)
    return error.detail
  }
  return assert.fail(`${text} was taken`)
}

describe('networks', () => {
  it('K8: agrees with the BlockList of Node on 20,000 random blocks and addresses, in every spelling', () => {
    const random = chance(8)
    let held = 0
    for (let round = 0; round < 10_000; round++) {
      const six = { groups: randomGroups(random), prefix: random(129) }
      const four = { quad: randomQuad(random), prefix: random(33) }
      const base6 = cut(six.groups, 16, six.prefix)
      const base4 = cut(four.quad, 8, four.prefix).join('.')
      const list = new BlockList()
      list.addSubnet(base6.map((group) => group.toString(16)).join(':'), six.prefix, 'ipv6')
      const blocks = [parseNetwork(`${spelled(base6, random)}/${six.prefix}`)]
      const candidate6 = spelled(random(3) === 0 ? six.groups : randomGroups(random), random)
      assert.equal(isInNetworks(blocks, candidate6), list.check(candidate6, 'ipv6'), `${candidate6} in ${blocks}`)

      const list4 = new BlockList()
      list4.addSubnet(base4, four.prefix, 'ipv4')
      const blocks4 = [parseNetwork(`${base4}/${four.prefix}`)]
      const candidate4 = (random(3) === 0 ? four.quad : randomQuad(random)).join('.')
      const expected = list4.check(candidate4, 'ipv4')
      held += Number(expected)
      assert.equal(isInNetworks(blocks4, candidate4), expected, `${candidate4} in ${blocks4}`)
      assert.equal(isInNetworks(blocks4, `::ffff:${candidate4}`), expected, 'mapped into IPv6 it is the same address')
    }
    assert.ok(held > 1000 && held < 9000, `the addresses tell blocks apart: ${held}`)
  })

  it('K8 9.3: the edges of a block of every length', () => {
    for (let prefix = 0; prefix <= 32; prefix++) {
      const base = cut([203, 0, 113, 77], 8, prefix)
      const first = base.reduce((sum, part) => sum * 256 + part, 0)
      const last = first + 2 ** (32 - prefix) - 1
      const networks = [parseNetwork(`${base.join('.')}/${prefix}`)]
      const quad = (value: number) => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.')
      assert.deepEqual([isInNetworks(networks, quad(first)), isInNetworks(networks, quad(last))], [true, true], networks[0])
      if (first > 0) assert.equal(isInNetworks(networks, quad(first - 1)), false, `before ${networks}`)
      if (last < 2 ** 32 - 1) assert.equal(isInNetworks(networks, quad(last + 1)), false, `after ${networks}`)
    }
    for (let prefix = 0; prefix <= 128; prefix++) {
      const whole = Array.from({ length: 8 }, (_, index) => 0x2a01 + index * 0x1111)
      const base = cut(whole, 16, prefix)
      const networks = [parseNetwork(`${base.map((group) => group.toString(16)).join(':')}/${prefix}`)]
      assert.equal(isInNetworks(networks, whole.map((group) => group.toString(16)).join(':')), true)
      if (prefix === 0) continue
      const other = [...whole]
      const index = Math.floor((prefix - 1) / 16)
      other[index] = (other[index] ?? 0) ^ (1 << (15 - ((prefix - 1) % 16))) // the last bit that counts
      assert.equal(isInNetworks(networks, other.map((group) => group.toString(16)).join(':')), false, networks[0])
    }
  })

  it('K8: the canonical form (RFC 5952)', () => {
    const forms = [
      ['192.0.2.1', '192.0.2.1/32'],
      ['0.0.0.0/0', '0.0.0.0/0'],
      ['10.0.0.0/8', '10.0.0.0/8'],
      ['::', '::/128'],
      ['::/0', '::/0'],
      ['::1', '::1/128'],
      ['2001:DB8::/32', '2001:db8::/32'],
      ['2001:0db8:0000:0000:0000:0000:0000:0000/32', '2001:db8::/32'],
      ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1/128'],
      ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1/128'],
      ['2001:db8:1::', '2001:db8:1::/128'],
      ['::ffff:192.0.2.1', '192.0.2.1/32'],
      ['::ffff:c000:201', '192.0.2.1/32'],
      ['::ffff:10.0.0.0/104', '10.0.0.0/8'],
      ['::ffff:0.0.0.0/96', '0.0.0.0/0'],
      ['64:ff9b::192.0.2.33', '64:ff9b::c000:221/128'],
    ] as const
    for (const [text, canonical] of forms) {
      assert.equal(parseNetwork(text), canonical)
      assert.equal(parseNetwork(canonical), canonical)
    }
  })

  it('K8 9.3: what is no network is refused when it is written', () => {
    const malformed = [
      ...['', ' ', '/', '/24', '10.0.0.0/', '10.0.0/8', '10.0.0.0.0/8', '256.0.0.1', '10.0.0.-1', '10.0.0.1 ', ' 10.0.0.1', '10.0.0.0/33', '10.0.0.0/08'],
      ...['010.0.0.1', '10.00.0.1', '0x0a.0.0.1', '167772161', '10.0.0.0/8/8', '10.0.0.0/-1', '10.0.0.0/1e1', '10.0.0.0/255.0.0.0', '10.0.0.*', '10.0.0.1-9'],
      ...[':', ':::', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7:8::', '::1::', '1::2::3', 'g::', '12345::', '::1/129', '::/-0', '2001:db8::/032'],
      ...[
        'fe80::1%eth0',
        'fe80::%1/64',
        '[::1]',
        '::ffff:256.0.0.1',
        '::10.0.0',
        '10.0.0.1::',
        '::10.0.0.1:1',
        'localhost',
        'example.com',
        '::ffff:10.0.0.0/8',
      ],
      ...['１０.0.0.1', '10。0.0.1', '\u0000', '10.0.0.1\n', 'a'.repeat(1000)],
    ]
    for (const text of malformed) {
      const detail = refusedDetail(text)
      assert.ok(text.length < 8 || !detail.includes(text), 'nothing of what was sent is repeated')
    }
  })

  it('K8: host bits are refused with what to write instead', () => {
    assert.match(refusedDetail('10.1.2.3/8'), /write 10\.0\.0\.0\/8 for all of it, or 10\.1\.2\.3\/32 for the one address/)
    assert.match(refusedDetail('2001:db8::1/64'), /2001:db8::\/64 .* 2001:db8::1\/128/)
    assert.match(refusedDetail('128.0.0.0/0'), /0\.0\.0\.0\/0/)
  })

  it('K8: an address counts in every spelling, zone and IPv4 in IPv6 included; what is none lies nowhere', () => {
    const networks = ['192.0.2.0/24', '2001:db8::/32', 'fe80::/10'].map(parseNetwork)
    const inside = [
      '192.0.2.0',
      '192.0.2.255',
      '::ffff:192.0.2.7',
      '::FFFF:c000:0207',
      '0:0:0:0:0:ffff:192.0.2.7',
      '2001:DB8::',
      '2001:0db8:0::1',
      'fe80::1%eth0',
    ]
    for (const address of inside) assert.equal(isInNetworks(networks, address), true, address)
    const outside = ['192.0.3.0', '192.0.1.255', '::192.0.2.7', '::fffe:192.0.2.7', '2001:db9::', '2001:db7:ffff::', '192.0.2.1%eth0', 'fec0::1']
    for (const address of outside) assert.equal(isInNetworks(networks, address), false, address)
    for (const nonsense of ['', 'unknown', '192.0.2', '192.0.2.1:80', '[2001:db8::1]', '0192.0.2.1', 'fe80::1%', 'fe80::1%a%b', `${'0'.repeat(80)}::`]) {
      assert.equal(isInNetworks(['0.0.0.0/0', '::/0'], nonsense), false, nonsense)
    }
    assert.equal(isInNetworks([], '192.0.2.1'), false)
    assert.equal(isInNetworks(['::/0'], '::ffff:192.0.2.1'), false, 'an IPv4 address is in no block of IPv6')
  })

  it('K8: knows an address exactly where Node does', () => {
    const random = chance(9)
    const alphabet = '0123456789abf:.%x'
    const texts = Array.from({ length: 20_000 }, () => Array.from({ length: 1 + random(12) }, () => alphabet[random(alphabet.length)]).join(''))
    const near = texts
      .map((text) => `::${text}`)
      .concat(
        texts.map((text) => `1.2.3.${text}`),
        texts.map((text) => `1:2:3:4:5:6:${text}`),
      )
    let known = 0
    for (const text of [...texts, ...near]) {
      if (text.includes('%')) continue // zones are judged more strictly here
      assert.equal(isAddress(text), isIP(text) !== 0, text)
      known += Number(isAddress(text))
    }
    assert.ok(known > 300, `some were addresses: ${known}`)
  })

  it('10.2: every spelling of an address has one canonical text', () => {
    const random = chance(10)
    for (let round = 0; round < 2000; round++) {
      const groups = randomGroups(random)
      const texts = new Set(Array.from({ length: 5 }, () => canonicalAddress(spelled(groups, random))))
      assert.equal(texts.size, 1)
    }
    assert.equal(canonicalAddress('::ffff:192.0.2.1'), '192.0.2.1')
    assert.equal(canonicalAddress('nowhere'), undefined)
  })
})
