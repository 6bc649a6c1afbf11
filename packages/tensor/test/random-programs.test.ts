import { operators, plainTarget } from '@equivar/tensor'
import { expect, test } from 'vitest'
import { describeLaw, programCount } from './law/many.ts'
import { randomProgram, recipeNames } from './random-programs.ts'
import { shown } from './shown.ts'

const seen = describeLaw(plainTarget, programCount(700), 0)

test('every operator occurred', () => {
  expect(Object.keys(operators).filter((name) => name !== 'Input' && !seen.operators.has(name))).toEqual([])
})

test('every recipe could be written', () => {
  expect(recipeNames.filter((name) => !seen.recipes.has(name))).toEqual([])
})

test('a seed gives the same program and feeds again', () => {
  const [a, b] = [randomProgram(7), randomProgram(7)]
  expect(shown(a.program)).toBe(shown(b.program))
  expect(a.feeds).toEqual(b.feeds)
})
