/** Numbers of training examples that can be chosen: each is twice the one before. */
export const efficiencySizes: readonly number[] = [25, 50, 100, 200, 400, 800, 1600]
