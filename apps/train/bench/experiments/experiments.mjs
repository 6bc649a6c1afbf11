// The experiments of reproduce.mjs: the runs of each, and its table.

const SEEDS = [1, 2, 3, 4, 5]

const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length
const deviation = (values) => Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)))
const percent = (share) => (100 * share).toFixed(1)

/** "mean ± deviation" of the available runs in percent, with their number if some are missing. */
function spread(values, expected = values.length) {
  const known = values.filter((value) => value !== undefined)
  if (known.length === 0) return '-'
  const said = known.length === 1 ? percent(known[0]) : `${percent(mean(known))} ± ${percent(deviation(known))}`
  return known.length === expected ? said : `${said} (${known.length})`
}

const table = (head, rows) => [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

/** Compares models of a task by test accuracy, each with several seeds. */
function comparison({ title, note, task, models, seeds = SEEDS, args = [] }) {
  const key = (model, seed) => `${model}-${seed}`
  return {
    title,
    note,
    runs: seeds.flatMap((seed) =>
      models.map((model) => ({ key: key(model, seed), args: [task, '--model', model, '--seed', `${seed}`, ...args] })),
    ),
    show: (result) => ({
      table: table(
        ['model', 'accuracy, %', 'minutes per run'],
        models.map((model) => {
          const all = seeds.map((seed) => result(key(model, seed)))
          const minutes = all.flatMap((each) => (each === undefined ? [] : [each.minutes]))
          return [
            `\`${model}\``,
            spread(
              all.map((each) => each?.test.accuracy),
              seeds.length,
            ),
            minutes.length === 0 ? '-' : mean(minutes).toFixed(1),
          ]
        }),
      ),
    }),
  }
}

/** Widths for which the models have about the same number of parameters: 15,111 (mlp) to 16,888 (siamese-deepsets). */
const SIGNAL_WIDTHS = { dss: 24, 'siamese-deepsets': 22, aittala: 48, sridhar: 34, siamese: 34, deepsets: 46, mlp: 6 }
const SIGNAL_MODELS = Object.keys(SIGNAL_WIDTHS)
/** Epochs by number of training sets: fewer steps for less data. */
const SIGNAL_SIZES = { 100: 40, 300: 30, 1000: 16, 3000: 14 }

function signalCurve() {
  const sizes = Object.keys(SIGNAL_SIZES)
  const key = (model, size, seed) => `${model}-${size}-${seed}`
  return {
    title: 'Signals: accuracy in percent by number of training sets, networks of about 16,000 parameters',
    note: 'mean and standard deviation of 5 seeds (their number in brackets if some are missing). The published networks have 3.1 million parameters and kernels as long as the signals; these have kernels of 9, means instead of sums, and widths that two cores can train in an hour or two.',
    runs: SEEDS.flatMap((seed) =>
      sizes.flatMap((size) =>
        SIGNAL_MODELS.map((model) => ({
          key: key(model, size, seed),
          args: [
            'signals',
            '--model',
            `${model}-published`,
            '--seed',
            `${seed}`,
            '--set',
            `trainSets=${size}`,
            '--set',
            `width=${SIGNAL_WIDTHS[model]}`,
            '--set',
            'kernel=9',
            '--set',
            'learningRate=5e-3',
            '--epochs',
            `${SIGNAL_SIZES[size]}`,
          ],
        })),
      ),
    ),
    show: (result) => {
      const accuracies = (model, size) => SEEDS.map((seed) => result(key(model, size, seed))?.test.accuracy)
      const points = (model) =>
        sizes.flatMap((size) => {
          const known = accuracies(model, size).filter((value) => value !== undefined)
          return known.length === 0 ? [] : [{ x: Number(size), y: mean(known), deviation: deviation(known) }]
        })
      return {
        table: table(
          ['model', ...sizes],
          SIGNAL_MODELS.map((model) => [model, ...sizes.map((size) => spread(accuracies(model, size), SEEDS.length))]),
        ),
        chart: {
          x: { title: 'training sets', scale: 'log', ticks: sizes.map(Number) },
          y: { title: 'test accuracy' },
          series: SIGNAL_MODELS.map((model) => ({ name: model, points: points(model) })).filter(({ points: some }) => some.length > 0),
        },
      }
    },
  }
}

const TRANSFORMATIONS = ['rotation', 'scale', 'shear', 'hyperbolic', 'perspective']

/** Transformers trained on transformed digits, and the plain network trained on untransformed digits. */
function transformers() {
  const evaluations = { test: [], untransformed: ['--split', 'untransformed'] }
  const kinds = { etn: ['etn'], untransformed: ['cnn', '--set', 'trainAmount=0'] }
  const runs = TRANSFORMATIONS.flatMap((name) =>
    Object.entries(kinds).map(([kind, args]) => ({
      key: `${name}-${kind}`,
      args: [`mnist-${name}`, '--model', ...args],
      evaluations,
    })),
  )
  const both = (each) => (each === undefined ? '-' : `${percent(each.test.accuracy)} / ${percent(each.untransformed.accuracy)}`)
  return {
    title: 'Equivariant transformers on MNIST: accuracy in percent on transformed / untransformed test digits, seed 1',
    note: 'the correlation is between the estimated and the true parameter, or for angles the mean cosine of the error; the plain network is trained on untransformed digits.',
    runs,
    show: (result) => ({
      table: table(
        ['transformation', 'transformer', 'correlation', 'plain network', 'minutes, transformer'],
        TRANSFORMATIONS.map((name) => [
          name,
          both(result(`${name}-etn`)),
          result(`${name}-etn`)?.test.pose?.toFixed(3) ?? '-',
          both(result(`${name}-untransformed`)),
          result(`${name}-etn`)?.minutes ?? '-',
        ]),
      ),
    }),
  }
}

const ORIENTATIONS = { upright: ['--set', 'rotateTest=0'], rotated: ['--set', 'rotateTest=1'] }

function sphericalMnist() {
  const key = (model, rotated) => `${model}-${rotated ? 'rotated' : 'upright'}`
  const models = ['s2cnn-normalized', 'planar', 's2cnn']
  return {
    title: 'Spherical MNIST: test accuracy in percent, trained / tested upright (NR) or rotated (R), seed 1',
    note: 'published for the spherical network, 20 epochs: about 96 (NR/NR), 95 (R/R), 94 (NR/R); here 5 epochs, and 6 for the published network.',
    runs: models.flatMap((model) =>
      [0, 1].map((rotated) => ({
        key: key(model, rotated),
        args: ['spherical-mnist', '--model', model, '--set', `rotateTrain=${rotated}`],
        evaluations: ORIENTATIONS,
      })),
    ),
    show: (result) => ({
      table: table(
        ['model', 'NR/NR', 'NR/R', 'R/R', 'R/NR', 'minutes, NR and R'],
        models.map((model) => {
          const [upright, rotated] = [result(key(model, 0)), result(key(model, 1))]
          const cell = (each, of) => (each === undefined ? '-' : percent(each[of].accuracy))
          return [
            `\`${model}\``,
            cell(upright, 'upright'),
            cell(upright, 'rotated'),
            cell(rotated, 'rotated'),
            cell(rotated, 'upright'),
            `${upright?.minutes ?? '-'}, ${rotated?.minutes ?? '-'}`,
          ]
        }),
      ),
    }),
  }
}

/** Channels and epochs of 20 steps of the equivariant network, and the width with which a plain one has as many parameters: 23,438, 34,881 and 33,091. */
const VECTOR_TASKS = {
  inertia: { channels: 96, epochs: 40, width: 139 },
  'o5-invariant': { channels: 128, epochs: 100, width: 181 },
  'particle-scattering': { channels: 128, epochs: 30, width: 173 },
}
const VECTOR_SIZES = [30, 100, 300, 1000, 3000, 10000]
const VECTOR_SEEDS = [1, 2, 3]

/** Functions of vectors that follow a matrix group: test error by the number of training points, of an equivariant network and a plain one. */
function matrixGroups() {
  const tasks = Object.keys(VECTOR_TASKS)
  const models = ['emlp', 'mlp-vectors']
  const key = (task, model, size, seed) => `${task}-${model}-${size}-${seed}`
  const run = (task, model, size, seed) => {
    const { channels, epochs, width } = VECTOR_TASKS[task]
    const sizes = model === 'emlp' ? { hidden: channels, epochs } : { hidden: width, epochs: 60 }
    const settings = ['--set', `trainCount=${size}`, '--set', `hidden=${sizes.hidden}`, '--epochs', `${sizes.epochs}`]
    return { key: key(task, model, size, seed), args: [task, '--model', model, '--seed', `${seed}`, '--keep', 'best', ...settings] }
  }
  const all = (make) => VECTOR_SEEDS.flatMap((seed) => VECTOR_SIZES.flatMap((size) => tasks.flatMap((task) => make(task, size, seed))))
  return {
    title: 'Functions of vectors that follow O(3), O(5) and O(1,3): mean squared error on 5,000 test points by number of training points',
    note: 'two hidden layers of 96 or 128 channels, and as many parameters of the plain network, which is trained for 1,200 steps of 100 examples (the equivariant one 800, 2,000 and 600); mean and standard deviation of 3 seeds, which draw data and weights (their number in brackets if some are missing); the model is that of the epoch with the lowest validation error. Published figures (3 layers of 384 channels) are a plot: Finzi, Welling, Wilson 2021, section 7.1.',
    runs: all((task, size, seed) => models.map((model) => run(task, model, size, seed))),
    show: (result) => {
      const losses = (task, model, size) =>
        VECTOR_SEEDS.map((seed) => result(key(task, model, size, seed))?.test.loss).filter((value) => value !== undefined)
      const cell = (values) => {
        if (values.length === 0) return '-'
        const [middle, around] = [mean(values), deviation(values)].map((value) => value.toPrecision(2))
        const said = values.length === 1 ? middle : `${middle} ± ${around}`
        return values.length === VECTOR_SEEDS.length ? said : `${said} (${values.length})`
      }
      const rows = tasks.flatMap((task) => [
        ...models.map((model) => [task, `\`${model}\``, ...VECTOR_SIZES.map((size) => cell(losses(task, model, size)))]),
        [
          task,
          'ratio of the means',
          ...VECTOR_SIZES.map((size) => {
            const [ours, theirs] = models.map((model) => losses(task, model, size))
            return ours.length === 0 || theirs.length === 0 ? '-' : (mean(ours) / mean(theirs)).toPrecision(2)
          }),
        ],
      ])
      const points = (task, model) =>
        VECTOR_SIZES.flatMap((size) => {
          const values = losses(task, model, size)
          return values.length === 0 ? [] : [{ x: size, y: mean(values) }]
        })
      return {
        table: table(['task', 'model', ...VECTOR_SIZES], rows),
        chart: {
          x: { title: 'training points', scale: 'log', ticks: VECTOR_SIZES },
          y: { title: 'mean squared test error', scale: 'log' },
          series: tasks
            .flatMap((task) => models.map((model) => ({ name: `${task}, ${model}`, points: points(task, model) })))
            .filter(({ points: some }) => some.length > 0),
        },
      }
    },
  }
}

/** Compares runs by mean absolute error. */
function errors({ title, note, runs }) {
  return {
    title,
    note,
    runs,
    show: (result) => ({
      table: table(
        ['run', 'mean absolute error', 'minutes'],
        runs.map(({ key }) => [`\`${key}\``, result(key)?.test.mae.toFixed(2) ?? '-', result(key)?.minutes ?? '-']),
      ),
    }),
  }
}

/** Charged particles: the mean squared error of positions, as published, by model. */
function particles() {
  const published = { 'egnn-particles': '0.0071', 'gnn-particles': '0.0107', 'frames-particles': '0.0057' }
  const models = Object.keys(published)
  return {
    title: 'Charged particles: mean squared error of their positions one unit of time later, 3,000 systems to train on, seed 1',
    note: 'the model is that of the epoch with the lowest validation error; published by Satorras, Hoogeboom, Welling (2021) and, for frame averaging, Puny et al. (2022).',
    runs: models.map((model) => ({
      key: model,
      args: ['nbody', '--model', model, '--epochs', '1000', '--keep', 'best', '--seed', '1', '--set', 'weightDecay=0.00001'],
    })),
    show: (result) => ({
      table: table(
        ['model', 'here', 'published', 'minutes'],
        models.map((model) => [
          `\`${model}\``,
          result(model)?.test.loss.toFixed(4) ?? '-',
          published[model],
          result(model)?.minutes ?? '-',
        ]),
      ),
    }),
  }
}

/** Energies of QM7 by networks of atoms in space: errors by model. */
function atomizationEnergies() {
  const models = ['painn', 'egnn']
  return {
    title: 'QM7, atomization energies from atoms in space, 40 epochs, seed 1: errors in kcal/mol on the test part (710 molecules)',
    note: 'the model is that of the epoch with the lowest validation loss. Published by Cohen et al. (2018): RMSE 5.96 (MLP on random Coulomb matrices) and 8.47 (S2CNN), on 7,165 molecules and other folds.',
    runs: models.map((model) => ({
      key: model,
      args: ['qm7-energies', '--model', model, '--epochs', '40', '--keep', 'best', '--seed', '1'],
    })),
    show: (result) => ({
      table: table(
        ['model', 'RMSE', 'mean absolute error', 'minutes'],
        models.map((model) => {
          const { test, minutes } = result(model) ?? {}
          return [`\`${model}\``, test?.rmse.toFixed(2) ?? '-', test?.mae.toFixed(2) ?? '-', minutes ?? '-']
        }),
      ),
    }),
  }
}

/** Energies and forces of molecules: mean absolute errors, by molecule. */
function molecularForces() {
  const runs = Object.entries({ ethanol: 1000, aspirin: 300 }).map(([molecule, epochs]) => ({
    key: molecule,
    args: ['forces', '--model', 'nequip', '--epochs', `${epochs}`, '--keep', 'best', '--seed', '1', '--set', `molecule=${molecule}`],
    curve: 'forces_mae',
  }))
  return {
    title:
      'Energies and forces, revised MD17, 1,000 frames (950 to train on, 50 for validation), NequIP with 32 channels to degree 2, seed 1',
    note: 'mean absolute errors of 1,000 other frames, after 1,000 epochs for ethanol and 300 for aspirin, one thread; the chart has the error of forces on the validation frames, in kcal/mol/Å. Published results are in the description of the task.',
    runs,
    show: (result) => ({
      table: table(
        ['molecule', 'energy, kcal/mol', 'forces, kcal/mol/Å', 'minutes'],
        runs.map(({ key }) => {
          const { test, minutes } = result(key) ?? {}
          return [key, test?.mae.toFixed(3) ?? '-', test?.forces_mae.toFixed(3) ?? '-', minutes ?? '-']
        }),
      ),
      chart: {
        x: { title: 'minutes', scale: 'log' },
        y: { title: 'error of forces', scale: 'log' },
        series: runs.map(({ key }) => ({ name: key, points: (result(key)?.curve ?? []).map(([x, y]) => ({ x, y })) })),
      },
    }),
  }
}

export const experiments = {
  'digit-sum': errors({
    title: 'Digit sum: trained on sets of 1 to 10 digits, tested on 100 (mean sum 450), seed 1',
    note: 'the networks have about the same number of parameters.',
    runs: ['deepsets', 'lstm', 'gru'].map((model) => ({ key: model, args: ['digit-sum', '--model', model] })),
  }),
  'signal-curve': signalCurve(),
  'rotated-mnist': comparison({
    title: 'Rotated MNIST, 12,000 training digits, 50,000 test digits: accuracy in percent',
    note: 'published errors on the original files: 5.03 (Z2CNN), 3.21 (rotation pooling), 2.28 (P4CNN). Minutes are by the clock; the steerable network was stopped and resumed beside other work, and its 24 epochs take 60 to 100 seconds each alone.',
    task: 'rotated-mnist',
    models: ['p4cnn', 'z2cnn', 'p4cnn-rotation-pooling', 'p4mcnn', 'c8-steerable'],
    seeds: [1],
  }),
  'image-selection': comparison({
    title: 'Image selection: which of 8 noisy digits differs',
    note: 'mean and standard deviation of 5 seeds.',
    task: 'image-selection',
    models: ['dss-images', 'siamese-deepsets-images'],
  }),
  'shape-selection': comparison({
    title: 'Shape selection: which of 7 poses is the middle one',
    note: 'mean and standard deviation of 5 seeds.',
    task: 'shape-selection',
    models: ['dss-points', 'siamese-deepsets-points'],
  }),
  'mesh-selection': comparison({
    title: 'Mesh selection: which of 7 poses is the middle one, poses as graphs',
    note: 'seed 1.',
    task: 'mesh-selection',
    models: ['dss-graphs', 'siamese-deepsets-graphs'],
    seeds: [1],
  }),
  transformers: transformers(),
  'spherical-mnist': sphericalMnist(),
  relief: comparison({
    title: 'Relief of the Earth: land or sea, in any orientation',
    note: 'seed 1.',
    task: 'relief',
    models: ['s2cnn-fine', 'planar'],
    seeds: [1],
  }),
  'n-body': particles(),
  forces: molecularForces(),
  'qm7-energies': atomizationEnergies(),
  'matrix-groups': matrixGroups(),
  'qm7-sphere': errors({
    title: 'QM7 from spherical signals around each atom: mean absolute error in kcal/mol, seed 1',
    note: 'published results are in the description of the task.',
    runs: [{ key: 's2atoms', args: ['qm7-sphere'] }],
  }),
  volumes: comparison({
    title: 'Volumes: which of eight shapes of four cubes, learned in one orientation and tested in all 24',
    note: 'mean and standard deviation of 5 seeds; the networks have about the same number of parameters.',
    task: 'volumes',
    models: ['octahedral-cnn', 'z3cnn'],
  }),
}
