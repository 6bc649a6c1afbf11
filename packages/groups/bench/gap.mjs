import { spawnSync } from 'node:child_process'

/** The same benchmarks in GAP: each runs once in a fresh process; times in milliseconds. */
const script = `
time1 := function(work) local start; start := NanosecondsSinceEpoch(); work(); return Float((NanosecondsSinceEpoch() - start) / 1000000); end;;
report := function(name, work) Print(name, " ", time1(work), "\\n"); end;;
pairs := function(group, n) return Length(OrbitsDomain(group, Tuples([1..n], 2), OnTuples)); end;;
report("scheme C_1000", {} -> pairs(CyclicGroup(IsPermGroup, 1000), 1000));
report("scheme S_5 wr S_200", {} -> pairs(WreathProduct(SymmetricGroup(5), SymmetricGroup(200)), 1000));
report("order S_100", {} -> Size(Group((1,2), PermList(Concatenation([2..100], [1])))));
report("order rubik", {} -> Size(Group(
  (1,3,8,6)(2,5,7,4)(9,33,25,17)(10,34,26,18)(11,35,27,19), (9,11,16,14)(10,13,15,12)(1,17,41,40)(4,20,44,37)(6,22,46,35),
  (17,19,24,22)(18,21,23,20)(6,25,43,16)(7,28,42,13)(8,30,41,11), (25,27,32,30)(26,29,31,28)(3,38,43,19)(5,36,45,21)(8,33,48,24),
  (33,35,40,38)(34,37,39,36)(3,9,46,32)(2,12,47,29)(1,14,48,27), (41,43,48,46)(42,45,47,44)(14,22,30,38)(15,23,31,39)(16,24,32,40))));
report("order M_24", {} -> Size(Group(ShallowCopy(GeneratorsOfGroup(MathieuGroup(24))))));
`

/**
 * @returns {Map<string, number>} milliseconds by name; empty if GAP is not installed.
 */
export function gapTimes() {
  const { stdout, status } = spawnSync('gap', ['-q', '-b', '--quitonbreak'], {
    input: `${script}QUIT;\n`,
    encoding: 'utf8',
    maxBuffer: 2 ** 24,
  })
  if (status !== 0 || !stdout) return new Map()
  return new Map([...stdout.matchAll(/^(.+) ([0-9.e+-]+)$/gm)].map(([, name, value]) => [name, Number(value)]))
}
