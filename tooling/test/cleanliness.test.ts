import { readFileSync } from 'node:fs'
import { basename, relative } from 'node:path'
import { expect, test } from 'vitest'
import { filesBelow, readManifest, root } from './workspace.ts'

const files = filesBelow(root)
const text = (file: string): string => readFileSync(file, 'utf8')
const filesWith = (pattern: RegExp): string[] => files.filter((file) => pattern.test(text(file))).map((file) => relative(root, file))

test('no file or folder has a name that says nothing', () => {
  const empty = /(^|[/.-])(utils?|helpers?|common|managers?|misc)([/.-]|$)/
  expect(files.map((file) => relative(root, file)).filter((file) => empty.test(file))).toEqual([])
})

test('nothing names a folder of one machine', () => {
  expect(filesWith(/(?<![\w.~])\/(home|root|Users)\/\w/)).toEqual([])
})

test('nothing holds a key or a token', () => {
  expect(filesWith(/-----BEGIN [A-Z ]*PRIVATE KEY|\bnpm_[A-Za-z0-9]{36}\b|_authToken\s*=|\bgh[pousr]_[A-Za-z0-9]{36}\b/)).toEqual([])
})

test('the lockfile names no registry host, so that any registry serves it', () => {
  const lockfile = files.find((file) => basename(file) === 'pnpm-lock.yaml')
  expect(lockfile && text(lockfile).match(/tarball:|https?:.*\.tgz/g)).toBeNull()
})

test('the pnpm that runs the scripts is the pnpm that installs', () => {
  const { packageManager, devDependencies } = readManifest(root)
  expect(packageManager).toBe(`pnpm@${devDependencies?.pnpm}`)
})
