/**
 * The EFF's large word list for passphrases, 7,776 words (6^5, one for each throw of five dice), by Joseph Bonneau, Electronic Frontier Foundation, 2016:
 * https://www.eff.org/deeplinks/2016/07/new-wordlists-random-passphrases. Published under Creative Commons Attribution 3.0 US
 * (https://creativecommons.org/licenses/by/3.0/us/); the words are as published, without the numbers of the dice.
 */
import { readFileSync } from 'node:fs'

export function readWords(): readonly string[] {
  return readFileSync(new URL('./eff-large-wordlist.txt', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
}
