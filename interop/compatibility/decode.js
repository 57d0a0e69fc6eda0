// Prints the trace in its base64 argument as JSON.
import { Trace } from '@apollo/usage-reporting-protobuf'

const trace = Trace.decode(Buffer.from(process.argv[2], 'base64'))
console.log(JSON.stringify(Trace.toObject(trace, { longs: Number })))
