import { DomainError } from '../errors.ts'
import { hookDimension, type Partition, partitionSum } from './partition.ts'

/**
 * The beta numbers of a partition: part i plus the number of parts after it. Removing a rim hook of length k lowers one beta number by k to a value that is
 * not yet taken. The sign is (-1)^p, where p is the number of beta numbers between the old value and the new one.
 */
const betaNumbers = (partition: Partition): number[] => partition.map((part, i) => part + partition.length - 1 - i)

const partitionOf = (beta: readonly number[]): number[] => {
  const sorted = [...beta].sort((a, b) => b - a)
  return sorted.map((number, i) => number - (sorted.length - 1 - i)).filter((part) => part > 0)
}

function character(partition: Partition, cycleType: Partition, known: Map<string, bigint>): bigint {
  const [length, ...rest] = cycleType
  // Stryker disable next-line ConditionalExpression,EqualityOperator,LogicalOperator: hooks of length 1 lead to the same number, one by one
  if (length === undefined || length === 1) return hookDimension(partition)
  const key = `${partition.join()}/${cycleType.length}`
  const seen = known.get(key)
  // Stryker disable next-line ConditionalExpression: what is known is found again, which only takes time
  if (seen !== undefined) return seen
  const beta = betaNumbers(partition)
  let value = 0n
  beta.forEach((number, i) => {
    const lowered = number - length
    if (lowered < 0 || beta.includes(lowered)) return
    const passed = beta.filter((other) => other > lowered && other < number).length
    const smaller = character(partitionOf(beta.with(i, lowered)), rest, known)
    value += passed % 2 === 0 ? smaller : -smaller
  })
  known.set(key, value)
  return value
}

/**
 * The value of an irreducible character of the symmetric group on the conjugacy class of a cycle type, by the Murnaghan-Nakayama rule.
 *
 * @param partition - labels the character: [n] is the trivial character, [1, 1, ..., 1] the sign.
 * @param cycleType - the lengths of the cycles, fixed points included.
 * @returns an exact integer.
 * @throws DomainError if the arguments are not partitions of the same number, or the value exceeds 2^53.
 * @see Murnaghan 1937; Nakayama 1941.
 */
export function symmetricCharacter(partition: Partition, cycleType: Partition): number {
  const n = partitionSum('symmetricCharacter', partition)
  const sum = partitionSum('symmetricCharacter', cycleType)
  if (sum !== n)
    throw new DomainError('symmetricCharacter', `a cycle type that sums to ${n}, as the partition does`, `one that sums to ${sum}`)
  const value = Number(character(partition, cycleType, new Map()))
  if (Number.isSafeInteger(value)) return value
  throw new DomainError('symmetricCharacter', 'a value below 2^53', `about ${value}`)
}
