export { Action, type ActionLike, type ActionOptions, type ActionStructure } from './action/action.ts'
export { disjointUnion, naturalAction, productAction, subsetAction, trivialAction, tupleAction } from './action/constructors.ts'
export { cosetAction, regularAction } from './action/cosets.ts'
export type { TensorGroup } from './action/tensor-group.ts'
export { characterCount } from './equivariant/character-count.ts'
export { EquivariantBasis, type EquivariantBasisOptions, equivariantBasis, invariantBasis } from './equivariant/equivariant-basis.ts'
export type { Factor } from './equivariant/factor.ts'
export type { Invariants } from './equivariant/invariants.ts'
export { type BasisStore, keepBases } from './equivariant/kept-bases.ts'
export {
  type GivenRepresentation,
  givenRepresentation,
  permutationRepresentation,
  representation,
  restrict,
  restrictToFactor,
} from './equivariant/make-representation.ts'
export { Representation, type RepresentationSummand } from './equivariant/representation.ts'
export { DomainError } from './errors.ts'
export { type ParseGroupOptions, parseGroup } from './expression/parse-group.ts'
export { type Adjacency, graphAutomorphisms } from './graph/automorphisms.ts'
export type { GeneratorSource } from './group/generator-source.ts'
export { type ConjugacyClass, type Construction, type GroupOptions, PermutationGroup } from './group/permutation-group.ts'
export { type ChainOptions, type Sifted, StabilizerChain } from './group/stabilizer-chain.ts'
export { type Word, WordTable } from './group/word-table.ts'
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
export type { MatrixLike } from './matrix/consistency.ts'
export { exponential, type Matrix, multiplyMatrices } from './matrix/dense.ts'
export { finiteElements } from './matrix/finite-elements.ts'
export { MatrixGroup, type MatrixGroupOptions, type RandomElementOptions, type WeightedElement } from './matrix/matrix-group.ts'
export {
  cubeRotations,
  icosahedralRotations,
  lorentz,
  orthogonal,
  permutationMatrices,
  planarCyclic,
  planarDihedral,
  scalings,
  specialLinear,
  specialOrthogonal,
  specialUnitary,
  symplectic,
} from './matrix/named-groups.ts'
export { matrixProduct } from './matrix/product.ts'
export { uniformOrthogonal } from './matrix/uniform-orthogonal.ts'
export { affineGeneral, projectiveSpecialLinear } from './named/linear.ts'
export { mathieu } from './named/mathieu.ts'
export { directProduct, hyperoctahedral, restriction, wreathProduct } from './named/products.ts'
export { rubik } from './named/rubik.ts'
export { alternating, cyclic, dihedral, symmetric, translations, trivial } from './named/symmetric.ts'
export { NotationError } from './permutation/cycle-notation.ts'
export { type Images, Permutation } from './permutation/permutation.ts'
export { type RandomSource, seededRandom } from './random.ts'
export { type Character, type CharacterTable, characterTable } from './representation/character-table.ts'
export { type Constituent, decompose, type PermutationCharacterValue, permutationCharacter } from './representation/decompose.ts'
export { classSize, hookDimension, type Partition, partitions } from './representation/partition.ts'
export { symmetricCharacter } from './representation/symmetric-character.ts'
export { type Eigen, symmetricEigen } from './representation/symmetric-eigen.ts'
export { inverseSymmetricFourier, type SymmetricFourierBlock, symmetricFourier } from './representation/symmetric-fourier.ts'
export { type Branch, YoungRepresentation, youngOrthogonal } from './representation/young.ts'
export { clebschGordan } from './rotation/clebsch-gordan.ts'
export type { Complex, ComplexArray } from './rotation/complex.ts'
export { circleTransform, FourierPlan, inverseCircleTransform } from './rotation/fourier.ts'
export { type DriscollHealyGrid, driscollHealyGrid } from './rotation/grid.ts'
export type { EulerAngles, SpherePoint } from './rotation/points.ts'
export { rotationPolarTable, spherePolarTable } from './rotation/polar-tables.ts'
export { realClebschGordan } from './rotation/real-clebsch-gordan.ts'
export { circleHarmonics, rotationHarmonics, sphereHarmonics } from './rotation/real-harmonics.ts'
export { realWignerD } from './rotation/real-wigner.ts'
export { randomRotation, rotateRotationSignal, rotateSphereSignal } from './rotation/rotate.ts'
export { eulerAngles, planeRotation, rotationMatrix } from './rotation/rotation-matrix.ts'
export { inverseRotationTransform, rotationIndex, rotationSpectrumSize, rotationTransform } from './rotation/rotation-transform.ts'
export { inverseSphereTransform, sphereIndex, sphereTransform } from './rotation/sphere-transform.ts'
export { realSphericalHarmonic, sphericalHarmonic } from './rotation/spherical-harmonics.ts'
export { cosineSineTable } from './rotation/trigonometric-tables.ts'
export { type HalfAngles, halfAngles, smallDColumn, wignerD, wignerSmallD } from './rotation/wigner.ts'
export { burnsideCount } from './sharing/burnside.ts'
export { type SharingRule, type SharingRuleOptions, sharingRule } from './sharing/rule.ts'
export { orbitLabels, type SharingScheme, sharingScheme } from './sharing/scheme.ts'
