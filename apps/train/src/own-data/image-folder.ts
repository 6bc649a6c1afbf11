import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, extname, join, relative } from 'node:path'
import { UsageError } from '../errors.ts'
import { type Example, type Examples, NOTHING, type Numbers, type Part } from './example.ts'
import { decodeImage, imageExtensions } from './image-file.ts'
import { commonSize, type Size, sizeOfFile } from './image-size.ts'
import { partNames } from './record.ts'
import { resized } from './resize.ts'
import type { OwnSource } from './source.ts'

/** Most numbers of all images together: 2 GiB. */
const MOST_NUMBERS = 2 ** 29
/** Files that operating systems leave in folders of images. */
const LEFT_BEHIND = ['Thumbs.db', 'desktop.ini']

/** The files and the folders in a folder, sorted. Hidden ones are left out. */
async function entriesOf(folder: string): Promise<{ files: string[]; folders: string[] }> {
  const names = (await readdir(folder)).filter((name) => !name.startsWith('.') && !LEFT_BEHIND.includes(name)).sort()
  const [files, folders]: [string[], string[]] = [[], []]
  for (const name of names) ((await stat(join(folder, name))).isDirectory() ? folders : files).push(join(folder, name))
  return { files, folders }
}

/** The images of an example: one file, or the files of a set. */
interface Found {
  readonly where: string
  readonly files: readonly string[]
  readonly label: string
  readonly part?: Part
  readonly isSet: boolean
}

/** @throws UsageError if a file is no image by its name. */
function demandImages(files: readonly string[], root: string): void {
  const other = files.find((file) => !imageExtensions.some((extension) => extension === extname(file).toLowerCase()))
  if (other !== undefined)
    throw new UsageError(`${relative(root, other)}: expected files named ${imageExtensions.join(', ')} in a folder of images`)
}

/** The examples of one class. @throws UsageError if a folder has images and folders, or a set has no image or a folder. */
async function ofClass(folder: string, root: string, rest: Pick<Found, 'label' | 'part'>): Promise<Found[]> {
  const { files, folders } = await entriesOf(folder)
  if (files.length > 0 && folders.length > 0)
    throw new UsageError(`${relative(root, folder)}: expected images, or a folder for each set of images, received both`)
  demandImages(files, root)
  if (files.length > 0) return files.map((file) => ({ where: relative(root, file), files: [file], isSet: false, ...rest }))
  const sets: Found[] = []
  for (const set of folders) {
    const { files: images, folders: deeper } = await entriesOf(set)
    const where = relative(root, set)
    if (deeper.length > 0)
      throw new UsageError(`${where}: expected the images of one set, received the folder ${relative(root, deeper[0] as string)}`)
    if (images.length === 0) throw new UsageError(`${where}: expected the images of one set, received an empty folder`)
    demandImages(images, root)
    sets.push({ where, files: images, isSet: true, ...rest })
  }
  return sets
}

/** The examples below a folder. Folders that are all named after parts hold the classes of that part. */
async function found(root: string): Promise<Found[]> {
  const { files, folders } = await entriesOf(root)
  if (files[0] !== undefined || folders.length === 0)
    throw new UsageError(`${root}: expected a folder for each class, with its images, received ${files[0] ?? 'an empty folder'}`)
  const partOf = (folder: string): Part | undefined => partNames[relative(root, folder)]
  const byPart = folders.every((folder) => partOf(folder) !== undefined)
  const classes: { folder: string; part?: Part }[] = []
  for (const folder of folders) {
    if (!byPart) classes.push({ folder })
    else for (const inner of (await entriesOf(folder)).folders) classes.push({ folder: inner, part: partOf(folder) as Part })
  }
  const all: Found[] = []
  for (const { folder, part } of classes) {
    const label = relative(join(folder, '..'), folder)
    all.push(...(await ofClass(folder, root, { label, ...(part === undefined ? {} : { part }) })))
  }
  return all
}

/** All images of a folder and of those below it, or each folder with images as a set. A file is an image by itself. */
async function toPredict(path: string, isSet: boolean): Promise<Found[]> {
  const whole = { label: '', isSet }
  if (!(await stat(path)).isDirectory()) return [{ ...whole, where: basename(path), files: [path], isSet: false }]
  const below = async (folder: string): Promise<Found[]> => {
    const { files, folders } = await entriesOf(folder)
    demandImages(files, path)
    const own = isSet
      ? [{ ...whole, where: relative(path, folder) || basename(folder), files }].filter(() => files.length > 0)
      : files.map((file) => ({ ...whole, where: relative(path, file), files: [file] }))
    const deeper: Found[] = []
    for (const inner of folders) deeper.push(...(await below(inner)))
    return [...own, ...deeper]
  }
  const all = await below(path)
  if (all.length === 0) throw new UsageError(`${path}: expected images, received an empty folder`)
  return all
}

/** An image with three channels. */
function coloured(image: Numbers): Numbers {
  if (image.shape[0] === 3) return image
  const data = new Float32Array(3 * image.data.length)
  for (let c = 0; c < 3; c++) data.set(image.data, c * image.data.length)
  return { shape: [3, ...image.shape.slice(1)], data }
}

/** Images of one shape as one array, with the axis of the set in front. */
function stacked(images: readonly Numbers[]): Numbers {
  const shape = (images[0] as Numbers).shape
  const each = shape.reduce((product, size) => product * size, 1)
  const data = new Float32Array(images.length * each)
  images.forEach((image, i) => {
    data.set(image.data, i * each)
  })
  return { shape: [images.length, ...shape], data }
}

/** Reads one image after the other, brings it to the size, and demands that all fit into memory. */
class ImageReader {
  readonly #root: string
  readonly #size: Size | undefined
  #numbers = 0

  constructor(root: string, size: Size | undefined) {
    this.#root = root
    this.#size = size
  }

  async read(file: string): Promise<Numbers> {
    const where = relative(this.#root, file)
    const decoded = decodeImage(await readFile(file), where)
    const image = this.#size === undefined ? decoded : resized(decoded, this.#size)
    this.#numbers += image.data.length
    if (this.#numbers > MOST_NUMBERS)
      throw new UsageError(
        `${where}: expected at most ${MOST_NUMBERS.toLocaleString('en')} numbers in all images together, received more; --size HxW makes them smaller`,
      )
    return image
  }
}

/** Whether images have one channel: as the model has it, else if all of them are grey. @throws UsageError for a coloured one that has to be grey. */
function areGrey(all: readonly Found[], read: readonly (readonly Numbers[])[], channels: number | undefined): boolean {
  const isGrey = (images: readonly Numbers[]): boolean => images.every(({ shape }) => shape[0] === 1)
  if (channels === undefined) return read.every(isGrey)
  const coloured = channels === 1 ? all.find((_, i) => !isGrey(read[i] as Numbers[])) : undefined
  if (coloured === undefined) return channels === 1
  throw new UsageError(`${coloured.where}: expected a grey image, as those that the model was trained on, received a coloured one`)
}

/** The sizes that the headers of files name. */
async function sizesOf(files: readonly string[]): Promise<Size[]> {
  const sizes: Size[] = []
  for (const file of files) {
    const size = sizeOfFile(await readFile(file))
    if (size !== undefined) sizes.push(size)
  }
  return sizes
}

/**
 * Reads a folder of images, one folder a class: `class/*.png` are images, `class/set/*.png` are sets of images. Above the classes there may be folders `train`,
 * `validation` (or `val`) and `test`.
 *
 * If all images are grey they have one channel, else three. They are brought to `size` by means over areas; without it, images of different sizes to the
 * median of each side, and large ones to at most 64 pixels a side.
 *
 * To be predicted, images may lie in any folders, and a folder with images is a set; the path may be that of one image.
 *
 * @throws UsageError that names the first file or folder that does not fit.
 */
export async function readImageFolder(path: string, { size, unlabelled, kind, channels }: OwnSource): Promise<Examples> {
  const all = unlabelled === true ? await toPredict(path, kind === 'image set') : await found(path)
  const [first] = all
  const other = all.find(({ isSet }) => isSet !== first?.isSet)
  if (first !== undefined && other !== undefined)
    throw new UsageError(
      `${other.where}: expected ${first.isSet ? 'a set of images' : 'an image'} as ${first.where}, received ${other.isSet ? 'a set of images' : 'an image'}`,
    )
  const wanted = size ?? commonSize(await sizesOf(all.flatMap(({ files }) => files)))
  const reader = new ImageReader(path, wanted)
  const read: Numbers[][] = []
  for (const { files } of all) {
    const images: Numbers[] = []
    for (const file of files) images.push(await reader.read(file))
    read.push(images)
  }
  const grey = areGrey(all, read, channels)
  const examples = all.map(({ where, label, part, isSet }, i): Example => {
    const images = (read[i] as Numbers[]).map((image) => (grey ? image : coloured(image)))
    return {
      where,
      x: isSet ? stacked(images) : (images[0] as Numbers),
      target: unlabelled === true ? NOTHING : { kind: 'label', label },
      ...(part === undefined ? {} : { part }),
    }
  })
  return {
    kind: first?.isSet === true ? 'image set' : 'image',
    examples,
    ...(wanted === undefined || size !== undefined
      ? {}
      : { notes: [`images are brought to ${wanted.join(' x ')} pixels (height x width); --size HxW chooses another size`] }),
  }
}
