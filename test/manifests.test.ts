/** What the manifests and the lock file promise: the same packages for everybody, each one known and justified. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, it } from 'node:test'
import { isDeepStrictEqual } from 'node:util'

type Versions = Readonly<Record<string, string>>

interface Manifest {
  readonly name?: string
  readonly dependencies?: Versions
  readonly devDependencies?: Versions
  readonly optionalDependencies?: Versions
  readonly peerDependencies?: Versions
}

interface LockEntry extends Manifest {
  readonly resolved?: string
  readonly link?: boolean
}

const ROOT = resolve(import.meta.dirname, '..')
const FOLDERS = ['', 'packages/*/', 'examples/*/']

const find = (name: string): readonly string[] => [...FOLDERS, 'bench/'].flatMap((folder) => globSync(`${folder}${name}`, { cwd: ROOT })).sort()
const read = <T>(path: string): T => JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as T
const declaredBy = (manifest: Manifest): Versions => ({ ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies })

/** The place in the lock file where a package at `place` finds `name`: beside it, or in a folder above. */
function foundFrom(place: string, name: string, entries: Readonly<Record<string, LockEntry>>): boolean {
  for (let folder = place; ; folder = dirname(folder)) {
    const above = folder === '.' ? '' : folder
    if (`${above === '' ? '' : `${above}/`}node_modules/${name}` in entries) return true
    if (above === '') return false
  }
}

describe('the manifests', () => {
  it('name exact versions', () => {
    const loose = find('package.json').flatMap((path) =>
      Object.entries(declaredBy(read<Manifest>(path)))
        .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
        .map(([name, version]) => `${path}: ${name} ${version}`),
    )
    assert.deepEqual(loose, [])
  })

  it('declare only what docs/decisions/0001-materials.md justifies, and it justifies nothing else', () => {
    const own = new Set(find('package.json').map((path) => read<Manifest>(path).name))
    const declared = find('package.json')
      .filter((path) => !path.startsWith('bench/'))
      .flatMap((path) => Object.keys(declaredBy(read<Manifest>(path))))
      .filter((name) => !own.has(name))
    const text = readFileSync(join(ROOT, 'docs/decisions/0001-materials.md'), 'utf8')
    const justified = [...text.matchAll(/^\| (.+?) \| .+ \|$/gm)].flatMap(([, names = '']) => [...names.matchAll(/`([^`]+)`/g)].map(([, name]) => name))
    assert.deepEqual(justified.sort(), [...new Set(declared)].sort())
  })
})

for (const path of find('package-lock.json')) {
  describe(path, () => {
    const entries = read<{ readonly packages: Readonly<Record<string, LockEntry>> }>(path).packages

    it('says what the manifests say', () => {
      const folders = find('package.json')
        .map(dirname)
        .filter((folder) => (folder === 'bench') === path.startsWith('bench/'))
      const apart = folders.filter((folder) => {
        const place = folder === '.' || folder === 'bench' ? '' : folder
        return !isDeepStrictEqual(declaredBy(entries[place] ?? {}), declaredBy(read<Manifest>(join(folder, 'package.json'))))
      })
      assert.deepEqual(apart, [], 'run npm install, and commit package-lock.json')
    })

    it('names no registry: packages come from wherever the reader’s npm gets them', () => {
      const named = Object.entries(entries).filter(([, entry]) => entry.resolved !== undefined && entry.link !== true)
      assert.deepEqual(named, [])
    })

    it('holds every package that another asks for, of every platform, so that npm ci takes it as it is', () => {
      const missing = Object.entries(entries).flatMap(([place, entry]) =>
        Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })
          .filter((name) => !foundFrom(place, name, entries))
          .map((name) => `${place}: ${name}`),
      )
      assert.deepEqual(missing, [])
    })
  })
}
