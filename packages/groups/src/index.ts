export { Action, type ActionKnowledge, type ActionLike, type ActionStructure } from './action/action.ts'
export { disjointUnion, naturalAction, productAction, subsetAction, trivialAction, tupleAction } from './action/constructors.ts'
export { cosetAction, regularAction } from './action/cosets.ts'
export { DomainError } from './errors.ts'
export { type Adjacency, graphAutomorphisms } from './graph/automorphisms.ts'
export type { Construction } from './group/construction.ts'
export { type ConjugacyClass, type GroupKnowledge, PermutationGroup } from './group/permutation-group.ts'
export { type ChainOptions, type Sifted, StabilizerChain } from './group/stabilizer-chain.ts'
export { type InvariantRing, invariantRing } from './invariants/invariant-ring.ts'
export { molienSeries } from './invariants/molien.ts'
export {
  evaluatePolynomial,
  formatPolynomial,
  multiplyPolynomials,
  type Polynomial,
  polynomial,
  type Term,
} from './invariants/polynomial.ts'
export { reynolds } from './invariants/reynolds.ts'
export { elementarySymmetric, polarizedPowerSums, powerSum } from './invariants/symmetric-polynomials.ts'
export { affineGeneral, projectiveSpecialLinear } from './named/linear.ts'
export { mathieu } from './named/mathieu.ts'
export { directProduct, hyperoctahedral, restriction, wreathProduct } from './named/products.ts'
export { rubik } from './named/rubik.ts'
export { alternating, cyclic, dihedral, symmetric, translations, trivial } from './named/symmetric.ts'
export { type Images, Permutation } from './permutation/permutation.ts'
export { type RandomSource, seededRandom } from './random.ts'
export { type Character, type CharacterTable, characterTable } from './representation/character-table.ts'
export { type Constituent, decompose, type PermutationCharacterValue, permutationCharacter } from './representation/decompose.ts'
export { classSize, hookDimension, type Partition, partitions } from './representation/partition.ts'
export { symmetricCharacter } from './representation/symmetric-character.ts'
export { inverseSymmetricFourier, type SymmetricFourierBlock, symmetricFourier } from './representation/symmetric-fourier.ts'
export { type Branch, YoungRepresentation, youngOrthogonal } from './representation/young.ts'
export { burnsideCount } from './sharing/burnside.ts'
export { type SharingRule, sharingRule } from './sharing/rule.ts'
export { orbitLabels, type SharingScheme, sharingScheme } from './sharing/scheme.ts'
