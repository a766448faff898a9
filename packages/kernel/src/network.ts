/**
 * Addresses and blocks of them (K8): IPv4 (RFC 791), IPv6 (RFC 4291), CIDR (RFC 4632). An IPv4 address written as IPv6 (`::ffff:192.0.2.1`, RFC 4291 §2.5.5.2) is the
 * IPv4 address: it lies in blocks of IPv4 and in none of IPv6. What has two readings (`010.0.0.1`) has none here.
 */
import { refuse } from './refusal.ts'

/** 32-bit words, the first the highest: one of IPv4, four of IPv6. */
type Words = readonly number[]

interface Block {
  readonly base: Words
  /** 0–32, or 0–128. */
  readonly prefix: number
}

interface Compiled {
  readonly base: Words
  readonly masks: Words
}

const LONGEST_TEXT = 64
const ZONE = /^[0-9A-Za-z._~-]{1,32}$/ // RFC 6874 §2, less what needs escaping
const PREFIX = /^(?:0|[1-9]\d{0,2})$/
const GROUP = /^[0-9A-Fa-f]{1,4}$/

/**
 * The canonical form of an address or block: `192.0.2.0/24`, `2001:db8::/32` (RFC 5952); an address alone is the block that holds only it.
 * @throws Refusal `network_invalid`.
 */
export function parseNetwork(text: string): string {
  const { base, prefix } = readBlock(text)
  const network = masked(base, prefix)
  if (network.some((word, index) => word !== base[index])) {
    return refuse('network_invalid', {
      detail: `An address inside a block is not a block: write ${written(network, prefix)} for all of it, or ${written(base, base.length * 32)} for the one address.`,
    })
  }
  return written(base, prefix)
}

/** Whether an address lies in one of the blocks. What is no address lies in none. @param networks canonical; a list is compiled once and must not change. */
export function isInNetworks(networks: readonly string[], address: string): boolean {
  const words = readAddress(address)
  return words !== undefined && compiledOf(networks).some((block) => holds(block, words))
}

/** Whether it is an address, in any spelling; a zone (RFC 4007 §11) may stand behind. */
export function isAddress(text: string): boolean {
  return readAddress(text) !== undefined
}

/** One spelling of each address; `undefined` for what is none. */
export function canonicalAddress(text: string): string | undefined {
  const words = readAddress(text)
  return words && textOf(words)
}

const compiled = new WeakMap<readonly string[], readonly Compiled[]>()

function compiledOf(networks: readonly string[]): readonly Compiled[] {
  const known = compiled.get(networks)
  if (known !== undefined) return known
  const blocks = networks.map((text) => {
    const { base, prefix } = readBlock(text)
    return { base, masks: masksOf(base.length, prefix) }
  })
  compiled.set(networks, blocks)
  return blocks
}

function holds({ base, masks }: Compiled, words: Words): boolean {
  if (base.length !== words.length) return false
  for (let index = 0; index < base.length; index++) {
    if ((((words[index] ?? 0) ^ (base[index] ?? 0)) & (masks[index] ?? 0)) !== 0) return false
  }
  return true
}

function readBlock(text: string): Block {
  const [address = '', prefixText, ...more] = text.length > LONGEST_TEXT ? [] : text.split('/')
  const quad = readQuad(address)
  const groups = quad === undefined ? readGroups(address) : undefined
  if (more.length > 0 || (prefixText !== undefined && !PREFIX.test(prefixText)) || (quad === undefined && groups === undefined))
    return refuse('network_invalid')
  const base = quad === undefined ? wordsOf(groups ?? []) : [quad]
  const isMapped = groups !== undefined && base.length === 1
  const bits = base.length * 32
  const prefix = prefixText === undefined ? bits : Number(prefixText) - (isMapped ? 96 : 0)
  if (prefix < 0) return refuse('network_invalid', { detail: 'Write a block of IPv4 addresses as IPv4: 192.0.2.0/24.' })
  if (prefix > bits) return refuse('network_invalid', { detail: `The prefix of ${bits === 32 ? 'an IPv4' : 'an IPv6'} block is between 0 and ${bits}.` })
  return { base, prefix }
}

function readAddress(text: string): Words | undefined {
  if (text.length > LONGEST_TEXT) return undefined
  const quad = readQuad(text)
  if (quad !== undefined) return [quad]
  const zone = text.indexOf('%')
  if (zone >= 0 && !ZONE.test(text.slice(zone + 1))) return undefined
  const groups = readGroups(zone < 0 ? text : text.slice(0, zone))
  return groups && wordsOf(groups)
}

const DOT = 46
const ZERO = 48
const NINE = 57

/** Four decimal numbers; none has a leading zero, which some read as octal. */
function readQuad(text: string): number | undefined {
  let value = 0
  let part = -1
  let dots = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === DOT && part >= 0 && dots < 3) {
      value = value * 256 + part
      part = -1
      dots++
    } else if (code >= ZERO && code <= NINE && part !== 0) {
      part = Math.max(part, 0) * 10 + code - ZERO
      if (part > 255) return undefined
    } else return undefined
  }
  return dots === 3 && part >= 0 ? value * 256 + part : undefined
}

/** The eight groups of an IPv6 address (RFC 4291 §2.2). */
function readGroups(text: string): readonly number[] | undefined {
  const [head = '', tail, ...more] = text.split('::')
  if (more.length > 0) return undefined
  const before = groupsIn(head, tail === undefined)
  const after = tail === undefined ? [] : groupsIn(tail, true)
  if (before === undefined || after === undefined) return undefined
  const missing = 8 - before.length - after.length
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined
  return [...before, ...new Array<number>(missing).fill(0), ...after]
}

function groupsIn(text: string, mayEndInQuad: boolean): readonly number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  const pieces = text.split(':')
  for (const [index, piece] of pieces.entries()) {
    const quad = mayEndInQuad && index === pieces.length - 1 ? readQuad(piece) : undefined
    if (quad !== undefined) groups.push(Math.floor(quad / 65_536), quad % 65_536)
    else if (GROUP.test(piece)) groups.push(Number.parseInt(piece, 16))
    else return undefined
  }
  return groups
}

function wordsOf(groups: readonly number[]): Words {
  const words = [0, 2, 4, 6].map((at) => (groups[at] ?? 0) * 65_536 + (groups[at + 1] ?? 0))
  return words[0] === 0 && words[1] === 0 && words[2] === 0xffff ? [words[3] ?? 0] : words
}

function masksOf(length: number, prefix: number): Words {
  return Array.from({ length }, (_, index) => {
    const bits = Math.min(Math.max(prefix - index * 32, 0), 32)
    return bits === 0 ? 0 : (0xffff_ffff << (32 - bits)) >>> 0
  })
}

function masked(words: Words, prefix: number): Words {
  const masks = masksOf(words.length, prefix)
  return words.map((word, index) => (word & (masks[index] ?? 0)) >>> 0)
}

function written(words: Words, prefix: number): string {
  return `${textOf(words)}/${prefix}`
}

function textOf(words: Words): string {
  const [first = 0] = words
  if (words.length === 1) return [first >>> 24, (first >>> 16) & 255, (first >>> 8) & 255, first & 255].join('.')
  const groups = words.flatMap((word) => [word >>> 16, word & 0xffff])
  const [from, length] = longestZeros(groups)
  const hex = groups.map((group) => group.toString(16))
  return length < 2 ? hex.join(':') : `${hex.slice(0, from).join(':')}::${hex.slice(from + length).join(':')}`
}

/** RFC 5952 §4.2.3: the longest run of zeros, the first of equals. */
function longestZeros(groups: readonly number[]): readonly [from: number, length: number] {
  let longest: readonly [number, number] = [0, 0]
  for (let from = 0; from < groups.length; from++) {
    let length = 0
    while (groups[from + length] === 0) length++
    if (length > longest[1]) longest = [from, length]
  }
  return longest
}
