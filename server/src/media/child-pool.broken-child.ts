// As where a library is missing, or memory is. Started by decoder.test.ts only.
process.exit(1)
