// The same as allreduce.js in C, for 4 MiB: mpicc -O2 -o allreduce packages/mpi/bench/allreduce.c && mpiexec -n 2 ./allreduce. Rank 0 prints median and best in milliseconds.
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

enum { LENGTH = 1 << 20, REPETITIONS = 200 };

static float numbers[LENGTH];

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int count, char **arguments) {
  int rank;
  double seconds[REPETITIONS];
  MPI_Init(&count, &arguments);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  for (int i = 0; i < REPETITIONS; i++) {
    for (int j = 0; j < LENGTH; j++) numbers[j] = 1;
    MPI_Barrier(MPI_COMM_WORLD);
    double started = MPI_Wtime();
    MPI_Allreduce(MPI_IN_PLACE, numbers, LENGTH, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
    seconds[i] = MPI_Wtime() - started;
  }
  qsort(seconds, REPETITIONS, sizeof *seconds, ascending);
  if (rank == 0) printf("%.3f ms, best %.3f ms\n", 1e3 * seconds[REPETITIONS / 2], 1e3 * seconds[0]);
  MPI_Finalize();
}
