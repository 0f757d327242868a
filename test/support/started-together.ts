/** Runs a script in several processes at the same time: each says a line when it is ready, and one with its outcome. */
export async function startedTogether(script: string, all: readonly (readonly string[])[]): Promise<unknown[]> {
  const processes = all.map((args) => {
    const child = Bun.spawn([process.execPath, script, ...args], { stdin: "pipe", stdout: "pipe", stderr: "pipe" })
    return { child, failure: new Response(child.stderr).text(), line: lineReader(child.stdout.getReader()) }
  })
  const lines = (): Promise<string[]> =>
    Promise.all(
      processes.map(async ({ line, failure }) => {
        const said = await line()
        if (said === undefined) throw new Error(`${script} ended too early: ${await failure}`)
        return said
      }),
    )
  await lines()
  for (const { child } of processes) {
    void child.stdin.write("go\n")
    void child.stdin.end()
  }
  return (await lines()).map((line) => JSON.parse(line) as unknown)
}

function lineReader(reader: { read(): Promise<{ done: boolean; value?: Uint8Array | undefined }> }) {
  const decoder = new TextDecoder()
  let rest = ""
  return async (): Promise<string | undefined> => {
    for (;;) {
      const end = rest.indexOf("\n")
      const line = rest.slice(0, Math.max(0, end))
      if (end >= 0) rest = rest.slice(end + 1)
      if (end >= 0) return line
      const { done, value } = await reader.read()
      if (done) return undefined
      rest += decoder.decode(value, { stream: true })
    }
  }
}
