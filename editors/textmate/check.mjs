// Compares the scopes of `sample.bd` with `sample.scopes`; `node check.mjs --bless` writes them.

import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import process from 'node:process';

const require = createRequire(import.meta.url);
const oniguruma = require('vscode-oniguruma');
const textmate = require('vscode-textmate');

const here = (name) => new URL(name, import.meta.url);
const wasm = await readFile(require.resolve('vscode-oniguruma/release/onig.wasm'));
await oniguruma.loadWASM(wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength));

const registry = new textmate.Registry({
  onigLib: Promise.resolve({
    createOnigScanner: (sources) => new oniguruma.OnigScanner(sources),
    createOnigString: (text) => new oniguruma.OnigString(text),
  }),
  loadGrammar: async () => {
    const file = here('beskid.tmLanguage.json');
    return textmate.parseRawGrammar(await readFile(file, 'utf8'), file.pathname);
  },
});
const grammar = await registry.loadGrammar('source.beskid');

const lines = (await readFile(here('sample.bd'), 'utf8')).trimEnd().split('\n');
let stack = textmate.INITIAL;
let out = '';
for (const line of lines) {
  out += `>${line}\n`;
  const { tokens, ruleStack } = grammar.tokenizeLine(line, stack);
  stack = ruleStack;
  for (const { startIndex, endIndex, scopes } of tokens) {
    const text = line.slice(startIndex, endIndex);
    // The scope of the language is that of everything.
    const inner = scopes.slice(1).map((scope) => scope.replace(/\.beskid$/, ''));
    if (text.trim() !== '' && inner.length > 0) {
      out += `  ${text.trim()}  ${inner.join(' ')}\n`;
    }
  }
}
if (stack.depth > 1) {
  console.error('something is still open at the end of the sample');
  process.exit(1);
}

const snapshot = here('sample.scopes');
if (process.argv.includes('--bless')) {
  await writeFile(snapshot, out);
} else {
  const expected = (await readFile(snapshot, 'utf8')).split('\n');
  const found = out.split('\n');
  const at = found.findIndex((line, index) => line !== expected[index]);
  if (at >= 0 || expected.length !== found.length) {
    const place = at >= 0 ? at : found.length;
    console.error(`line ${place + 1} of sample.scopes: expected\n${expected[place]}\nfound\n${found[place]}`);
    process.exit(1);
  }
}
