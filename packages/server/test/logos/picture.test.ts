/** What a picture is, by its first bytes. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readPicture } from '../../src/logos/picture.ts'
import { pngOf } from '../kit/logo-host.ts'

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')
const base64 = (text: string): Buffer => Buffer.from(text, 'base64')

/** 37 × 21 pixels each. The PNG and the lossless WebP are whole; the others end where the head does. */
const pictures: readonly (readonly [what: string, mediaType: string, bytes: Buffer])[] = [
  ['PNG', 'image/png', pngOf(37, 21)],
  ['JPEG', 'image/jpeg', base64('/9j/4AAQSkZJRgABAQAAAQABAAD/wAARCAAVACUDASIAAhEBAxEB/9oADAMBAAIRAxEAPwCGAaUkgAAAAAAAAAH/2Q==')],
  ['JPEG, progressive, with fill bytes and a table before', 'image/jpeg', hex('ffd8 ffff ffdb 0004 0000 ffc4 0003 00 ffc2 0011 08 0015 0025 03')],
  ['WebP, lossy', 'image/webp', hex('52494646 42000000 57454250 56503820 3a000000 500300 9d012a 2500 1500')],
  ['WebP, lossless', 'image/webp', base64('UklGRiYAAABXRUJQVlA4TBEAAAAvJAAFAAdQrXoUuf+BiOh/AAA=')],
  ['WebP, extended', 'image/webp', hex('52494646 40020000 57454250 56503858 0a000000 30000000 240000 140000')],
  ['GIF', 'image/gif', hex('474946383961 2500 1500 80 00 00 000000 ffffff 21f904 00 00 00 00 00 2c 0000 0000 2500 1500 00 02')],
  ['GIF of 1987', 'image/gif', hex('474946383761 2500 1500 00 00 00 2c 0000 0000 2500 1500 00 02')],
  ['GIF whose first image is larger than its screen', 'image/gif', hex('474946383961 0100 0100 00 00 00 2c 0500 0100 2000 1400 00 02')],
]

describe('the first bytes of a picture', () => {
  for (const [what, mediaType, bytes] of pictures) {
    it(`O7: tell type and size of a ${what}`, () => assert.deepEqual(readPicture(bytes), { mediaType, width: 37, height: 21 }))

    it(`R6: of a ${what}, cut off anywhere or with any byte another, are read to an end`, () => {
      for (let length = 0; length < bytes.length; length++) readPicture(bytes.subarray(0, length))
      for (let at = 0; at < bytes.length; at++) for (const value of [0, 1, 0x80, 0xff]) readPicture(Buffer.from(bytes).fill(value, at, at + 1))
      assert.equal(readPicture(bytes.subarray(0, 8)), undefined)
    })
  }

  const others: readonly (readonly [what: string, bytes: Buffer | string])[] = [
    ['nothing', ''],
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg" width="37" height="21"/>'],
    ['SVG with a declaration', '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'],
    ['HTML', '<!doctype html><script>alert(1)</script>'],
    ['HTML that begins nearly as a GIF', 'GIF88a<script>alert(1)</script>'],
    ['a PNG without IHDR', hex('89504e470d0a1a0a 0000000d 49444154 00000025 00000015')],
    ['a PNG of no width', hex('89504e470d0a1a0a 0000000d 49484452 00000000 00000015')],
    ['a JPEG without a frame', hex('ffd8 ffda 0008 01 01 00 00 3f 00')],
    ['a JPEG whose height stands elsewhere', hex('ffd8 ffc0 0011 08 0000 0025 03')],
    ['a RIFF that is a sound', hex('52494646 24000000 57415645 666d7420 10000000')],
    ['a WebP without a picture', hex('52494646 24000000 57454250 414c5048 10000000 000000000000000000000000')],
    ['a GIF without an image', hex('474946383961 2500 1500 00 00 00 3b')],
    ['a bitmap', hex('424d 46000000 0000 0000 36000000 28000000 25000000 15000000')],
    ['an icon', hex('00000100 0100 2515 0000 0100 2000 30000000 16000000')],
    ['an AVIF', hex('0000001c 66747970 61766966 00000000')],
  ]
  for (const [what, bytes] of others) it(`O7: take ${what} for none`, () => assert.equal(readPicture(Buffer.from(bytes as string)), undefined))
})
