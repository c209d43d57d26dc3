/** Child of race.test.ts: opens a project, says whether it may write, and holds it until its standard input ends. Usage: openWriter.ts PROJECT_FOLDER */
import { openDatabase } from '../../src-main/db/open.ts'

const { readOnly, close } = openDatabase(process.argv[2]!)
console.log(readOnly ? 'reads' : 'writes')
process.stdin.on('end', close).resume()
