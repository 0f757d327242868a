// Adds up two runs of the same tests: each test counts once, and has passed when it failed in neither run.
//
//   bun .ci/count.ts <report> <exit code> <report> <exit code>     (reports of vitest's JSON reporter)
interface Report {
  testResults: {
    name: string
    status: string
    assertionResults: { fullName: string; status: string }[]
  }[]
}

const [firstFile = "", firstCode = "", secondFile = "", secondCode = ""] = process.argv.slice(2)
const first = await outcomes(firstFile, firstCode)
const second = await outcomes(secondFile, secondCode)

const count = { passed: 0, failed: 0, skipped: 0 }
for (const [test, outcome] of first) count[second.get(test) === "failed" ? "failed" : outcome]++
// What exists in the second run only is a test with a changing name, or one whose file did not load: only failures count.
for (const [test, outcome] of second) if (!first.has(test) && outcome === "failed") count.failed++

console.log(`${count.passed} passed, ${count.failed} failed${count.skipped > 0 ? `, ${count.skipped} skipped` : ""}`)
process.exitCode = count.failed > 0 || count.passed === 0 ? 1 : 0

async function outcomes(file: string, exitCode: string): Promise<Map<string, "passed" | "failed" | "skipped">> {
  const found = new Map<string, "passed" | "failed" | "skipped">()
  const add = (name: string, outcome: "passed" | "failed" | "skipped"): void => {
    let key = name
    for (let copy = 2; found.has(key); copy++) key = `${name} (${copy})`
    found.set(key, outcome)
  }
  const report = (await Bun.file(file)
    .json()
    .catch(() => undefined)) as Report | undefined
  for (const { name, status, assertionResults } of report?.testResults ?? []) {
    for (const test of assertionResults) {
      const outcome = test.status === "passed" || test.status === "failed" ? test.status : "skipped"
      add(`${name} > ${test.fullName}`, outcome)
    }
    // A file that cannot be loaded, or whose hooks fail, has no failed test to show for it.
    if (status === "failed" && !assertionResults.some((test) => test.status === "failed")) add(name, "failed")
  }
  // An error outside of all tests, or a run that broke off.
  if (exitCode !== "0" && ![...found.values()].includes("failed")) add("the run itself", "failed")
  return found
}
