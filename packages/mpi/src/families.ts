/** A handle of MPI: a number, or an address. */
export type Handle = number | bigint

/** Element types that the collectives take. */
export type Element = 'float32' | 'float64' | 'int64' | 'byte'

/** What differs between the binary interfaces of MPI libraries. */
export interface Family {
  /** For messages. */
  readonly name: string
  /** How C declares a handle. */
  readonly handle: 'int' | 'void *'
  readonly world: Handle
  readonly sum: Handle
  readonly types: Readonly<Record<Element, Handle>>
  /** The address that says: the buffer has both what is sent and what comes. */
  readonly inPlace: bigint
  /** The level of threads at which any thread may call, one at a time. */
  readonly serialized: number
}

/** Handles are numbers of 32 bits. @see mpi.h of MPICH 4; Intel MPI, MVAPICH and Microsoft's MPI share it (the MPICH ABI compatibility initiative). */
const mpich: Family = {
  name: 'MPICH',
  handle: 'int',
  world: 0x44000000,
  sum: 0x58000003,
  types: { float32: 0x4c00040a, float64: 0x4c00080b, int64: 0x4c00083a, byte: 0x4c00010d },
  inPlace: 0xffffffffffffffffn,
  serialized: 2,
}

/** Handles are small numbers in the type of a pointer. @see MPI 5.0, appendix A, and github.com/mpi-forum/mpi-abi-stubs. */
const standard: Family = {
  name: "MPI's standard ABI",
  handle: 'void *',
  world: 0x101n,
  sum: 0x21n,
  types: { float32: 0x210n, float64: 0x214n, int64: 0x258n, byte: 0x247n },
  inPlace: 1n,
  serialized: 2048,
}

/** Handles are addresses of the library's own variables. @see mpi.h of Open MPI 4 and 5. */
const openMpi = (address: (symbol: string) => bigint): Family => ({
  name: 'Open MPI',
  handle: 'void *',
  world: address('ompi_mpi_comm_world'),
  sum: address('ompi_mpi_op_sum'),
  types: {
    float32: address('ompi_mpi_float'),
    float64: address('ompi_mpi_double'),
    int64: address('ompi_mpi_int64_t'),
    byte: address('ompi_mpi_byte'),
  },
  inPlace: 1n,
  serialized: 2,
})

/**
 * The family of a library.
 *
 * @param version - what MPI_Get_library_version says.
 * @param isStandard - whether the library is one of the standard ABI (`libmpi_abi`), whatever made it.
 * @param address - the address of a symbol of the library.
 * @returns undefined if it is none that is known.
 */
export function familyOf(version: string, isStandard: boolean, address: (symbol: string) => bigint): Family | undefined {
  if (isStandard) return standard
  if (/^Open MPI/i.test(version)) return openMpi(address)
  return /^(MPICH|Intel|MVAPICH|Microsoft MPI|CRAY MPICH)/i.test(version) ? mpich : undefined
}
