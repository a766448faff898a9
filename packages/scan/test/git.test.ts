import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { mintKey } from '@latchwork/kernel'
import { GitFailure, scan } from '../src/index.ts'
import { zipOf } from './containers.ts'
import { folder, scanPath, write } from './folder.ts'

const newKey = () => mintKey('sk', 'live', 'lw').reveal()

function repository(t: TestContext) {
  const root = folder(t)
  const git = (...words: string[]) =>
    execFileSync('git', ['-C', root, '-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', '-c', 'commit.gpgsign=false', '-c', 'gc.auto=0', ...words], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim()
  git('init', '-q', '-b', 'main')
  const commit = (message: string) => {
    git('add', '-A')
    git('commit', '-q', '--allow-empty', '-m', message)
    return git('rev-parse', 'HEAD')
  }
  return { root, git, commit }
}

const history = (path: string) => scan([{ kind: 'history', path }])
const staged = (path: string) => scan([{ kind: 'staged', path }])

describe('git history', () => {
  it('A4: a key that was deleted is found with its path and the commit that brought it', async (t) => {
    const { root, git, commit } = repository(t)
    write(root, 'öffentlich "a".env', `A=1\nKEY=${newKey()}\n`)
    const brought = commit('one')
    write(root, 'öffentlich "a".env', 'A=1\n')
    commit('two')
    for (const isPacked of [false, true]) {
      if (isPacked) git('gc', '-q', '--aggressive')
      const { findings } = await history(root)
      assert.equal(findings.length, 1)
      const [{ place } = assert.fail()] = findings
      assert.deepEqual([place.trail, place.line, place.column, place.commit?.id, place.commit?.author], [['öffentlich "a".env'], 2, 5, brought, 'Ada'])
    }
  })

  it('A4: every branch, tag message, stash, commit message and dropped commit; each object once', async (t) => {
    const { root, git, commit } = repository(t)
    commit('start')
    git('checkout', '-q', '-b', 'side')
    write(root, 'side.txt', newKey())
    commit('side')
    git('checkout', '-q', 'main')
    commit(`message ${newKey()}`)
    git('tag', '-a', 'v1', '-m', `tag ${newKey()}`)
    write(root, 'dropped.txt', newKey())
    commit('dropped')
    git('reset', '-q', '--hard', 'HEAD~1')
    write(root, 'stashed.txt', newKey())
    git('add', '-A')
    git('stash', '-q')
    write(root, 'only-staged.txt', newKey())
    git('add', '-A')
    git('reset', '-q')
    rmSync(join(root, 'only-staged.txt'))
    const places = (await history(root)).findings.map(({ place }) => place.trail[0]?.replace(/[0-9a-f]{12}/, '…')).toSorted()
    assert.deepEqual(places, ['commit message', 'dropped.txt', 'object …, in no commit', 'side.txt', 'stashed.txt', 'tag message …'])
  })

  it('A4: a secret in a hundred versions of a file is one find, of the oldest commit', async (t) => {
    const { root, commit } = repository(t)
    const key = newKey()
    write(root, 'a.txt', key)
    const first = commit('0')
    for (let version = 1; version < 8; version++) {
      write(root, 'a.txt', `${key}\n${version}`)
      commit(`${version}`)
    }
    const { findings } = await history(root)
    assert.deepEqual(
      findings.map(({ place }) => place.commit?.id),
      [first],
    )
  })

  it('A4: archives and objects of several megabytes in it', async (t) => {
    const { root, commit } = repository(t)
    write(root, 'a.zip', zipOf([{ name: 'inner/.env', content: newKey() }]))
    write(root, 'big.txt', `${'line of text\n'.repeat(300_000)}${newKey()}\n`)
    write(root, 'after.txt', newKey())
    commit('all')
    const { findings } = await history(root)
    assert.deepEqual(findings.map(({ place }) => place.trail.join('!')).toSorted(), ['a.zip!inner/.env', 'after.txt', 'big.txt'])
    assert.equal(findings.find(({ place }) => place.trail[0] === 'big.txt')?.place.line, 300_001)
  })

  it('A4: no repository is an error, and no clean answer', async (t) => {
    const root = folder(t)
    await assert.rejects(history(root), GitFailure)
    await assert.rejects(staged(root), GitFailure)
  })

  it('A4: nothing that a repository configures is run', async (t) => {
    const { root, git, commit } = repository(t)
    const mark = join(root, 'ran')
    const program = write(root, 'program.sh', `#!/bin/sh\ntouch '${mark}'\ncat\n`)
    execFileSync('chmod', ['+x', program])
    write(root, '.gitattributes', '* diff=evil filter=evil\n')
    write(root, 'a.txt', newKey())
    commit('one')
    for (const [name, value] of [
      ['core.fsmonitor', program],
      ['diff.external', program],
      ['diff.evil.textconv', program],
      ['diff.evil.command', program],
      ['core.pager', program],
    ] as const)
      git('config', name, value)
    write(root, 'b.txt', newKey())
    git('-c', 'core.fsmonitor=false', 'add', 'b.txt')
    rmSync(mark, { force: true })
    assert.equal((await history(root)).findings.length, 2)
    assert.equal((await staged(root)).findings.length, 1)
    assert.equal((await scanPath(root)).findings.length, 2)
    assert.equal(existsSync(mark), false)
  })
})

describe('a staged change', () => {
  it('A4: new lines count, old ones and what is not staged do not', async (t) => {
    const { root, git, commit } = repository(t)
    write(root, 'old.txt', `${newKey()}\nsecond\n`)
    commit('one')
    write(root, 'old.txt', `first\n${newKey()}\nsecond\n`)
    git('checkout', '-q', '--', 'old.txt')
    const old = execFileSync('cat', [join(root, 'old.txt')], { encoding: 'utf8' })
    write(root, 'old.txt', `first\n${old}KEY=${newKey()}\n`)
    git('add', '-A')
    write(root, 'not-staged.txt', newKey())
    const { findings } = await staged(root)
    assert.deepEqual(
      findings.map(({ place }) => [...place.trail, place.line]),
      [['old.txt', 4]],
    )
  })

  it('A4: the same content at two places counts where it is new', async (t) => {
    const { root, git, commit } = repository(t)
    const key = newKey()
    write(root, 'a.txt', `${key}\n`)
    commit('one')
    write(root, 'a.txt', `${key}\nmore\n`)
    write(root, 'b.txt', `${key}\nmore\n`)
    git('add', '-A')
    assert.deepEqual(
      (await staged(root)).findings.map(({ place }) => place.trail),
      [['b.txt']],
    )
  })

  it('A4: before the first commit, from a folder within, with names that need quoting, and archives', async (t) => {
    const { root, git } = repository(t)
    write(root, 'deep/ü"\t.env', newKey())
    write(root, 'deep/a.zip', zipOf([{ name: '.env', content: newKey() }]))
    git('add', '-A')
    const { findings } = await staged(join(root, 'deep'))
    assert.deepEqual(findings.map(({ place }) => place.trail.join('!')).toSorted(), ['deep/a.zip!.env', 'deep/ü"\t.env'])
  })
})

describe('a working tree', () => {
  it('A4: tracked and untracked files, ignored ones only if asked for', async (t) => {
    const { root, git, commit } = repository(t)
    write(root, 'tracked.txt', newKey())
    write(root, '.gitignore', 'ignored/\n.env\n')
    commit('one')
    write(root, 'untracked.txt', newKey())
    write(root, '.env', newKey())
    write(root, 'ignored/a.txt', newKey())
    write(root, 'nested/b.txt', newKey())
    execFileSync('git', ['init', '-q', join(root, 'nested')])
    git('status')
    const names = async (path: string, respectsGitignore: boolean) =>
      (await scanPath(path, { respectsGitignore })).findings.map(({ place }) => place.trail[0]?.slice(root.length + 1)).toSorted()
    assert.deepEqual(await names(root, true), ['nested/b.txt', 'tracked.txt', 'untracked.txt'])
    assert.deepEqual(await names(root, false), ['.env', 'ignored/a.txt', 'nested/b.txt', 'tracked.txt', 'untracked.txt'])
    assert.deepEqual(await names(join(root, 'ignored'), true), ['ignored/a.txt'], 'an ignored folder that is named is meant')
  })
})
