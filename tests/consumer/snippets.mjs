// Cuts the fenced C# and F# blocks out of the repository's documents and wraps each into a file that compiles.
//   node snippets.mjs REPOSITORY TARGET
// A comment before a block says how: <!-- snippet: NAME --> takes wrappers/NAME; `run` is the usual wrapper, and the block is run as well;
// <!-- snippet: skip (reason) --> leaves it out, <!-- snippets: skip (reason) --> all of a page. Without a comment a block is compiled in the usual wrapper, `code`.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [repository, target] = process.argv.slice(2);
const here = fileURLToPath(new URL('.', import.meta.url));
const languages = { csharp: 'csharp', cs: 'csharp', 'c#': 'csharp', fsharp: 'fsharp', fs: 'fsharp', 'f#': 'fsharp' };
const endings = { csharp: 'cs', fsharp: 'fs' };
const problems = [];

const documents = ['.', 'docs'].flatMap((folder) => {
  const path = join(repository, folder);
  return existsSync(path) ? readdirSync(path).filter((name) => name.endsWith('.md')).sort().map((name) => join(folder, name)) : [];
});

const blocksOf = (document) => {
  const text = readFileSync(join(repository, document), 'utf8');
  const whole = /^<!--\s*snippets:\s*(.*?)\s*-->$/m.exec(text);
  if (whole) {
    if (!/^skip \(.+\)$/.test(whole[1])) problems.push(`${document}: a page's marker is <!-- snippets: skip (reason) -->`);
    console.log(`  ${document} ${whole[1]}`);
    return [];
  }
  const lines = text.split('\n');
  const blocks = [];
  let marker = null;
  let open = null;
  lines.forEach((line, index) => {
    const place = `${document}:${index + 1}`;
    if (open) {
      if (line.trim() === open.fence) {
        if (languages[open.language]) blocks.push({ ...open, language: languages[open.language] });
        else if (open.marker) problems.push(`${open.marker.place}: a marker without a C# or F# block after it`);
        open = null;
      } else {
        open.lines.push(line);
      }
      return;
    }
    const fence = /^\s*(`{3,}|~{3,})\s*(\S*)/.exec(line);
    const comment = /^\s*<!--\s*snippet:\s*(.*?)\s*-->\s*$/.exec(line);
    if (fence) {
      open = { fence: fence[1], language: fence[2].toLowerCase(), document, place, first: index + 2, lines: [], marker };
      marker = null;
    } else if (comment) {
      marker = { text: comment[1], place };
    } else if (line.trim() !== '' && marker) {
      problems.push(`${marker.place}: a marker without a block after it`);
      marker = null;
    }
  });
  if (open) problems.push(`${open.place}: the block never ends`);
  return blocks;
};

// Lines that must stand at the head of a file.
const isImport = { csharp: (line) => /^using\s+(static\s+)?[\w.]+;\s*$/.test(line), fsharp: (line) => /^open\s+(type\s+)?[\w.]+\s*$/.test(line) };
const lineDirective = {
  csharp: (line, file) => `#line ${line} "${file}"`,
  fsharp: (line, file) => `# ${line} "${file}"`,
};
const lineEnd = { csharp: () => '#line default', fsharp: (line, file) => `# ${line} "${file}"` };

const write = (block) => {
  const { language } = block;
  const marker = block.marker?.text ?? 'code';
  if (marker.startsWith('skip')) {
    if (!/^skip \(.+\)$/.test(marker)) problems.push(`${block.marker.place}: skip needs a reason: skip (…)`);
    console.log(`  ${block.place} ${language} ${marker}`);
    return false;
  }
  const wrapper = join(here, language, 'wrappers', `${marker === 'run' ? 'code' : marker}.${endings[language]}`);
  if (!existsSync(wrapper)) {
    problems.push(`${block.marker.place}: there is no wrapper '${marker}' for ${language}`);
    return false;
  }
  const name = `${basename(block.document).replace(/\W/g, '_')}_${block.first}`;
  const source = join(repository, block.document);
  const out = join(target, language, 'snippets', `${name}.${endings[language]}`);
  const lines = block.lines.map((line) => line.replaceAll('"https://shop.example/', 'ShopAddress + "/'));
  const result = [];
  for (const line of readFileSync(wrapper, 'utf8').split('\n')) {
    const indent = /^(\s*)\/\/ <snippet>$/.exec(line)?.[1];
    if (line.trim() === '// <imports>') {
      lines.forEach((text, index) => {
        if (isImport[language](text)) result.push(lineDirective[language](block.first + index, source), text);
      });
      result.push(lineEnd[language](result.length + 2, out));
    } else if (indent !== undefined) {
      result.push(lineDirective[language](block.first, source));
      lines.forEach((text) => result.push(isImport[language](text) || text === '' ? '' : indent + text));
      result.push(lineEnd[language](result.length + 2, out));
    } else {
      result.push(line.replaceAll('__NAME__', name).replaceAll('__PLACE__', block.place).replaceAll('__RUN__', String(marker === 'run')));
    }
  }
  writeFileSync(out, result.join('\n'));
  console.log(`  ${block.place} ${language} ${marker}`);
  return true;
};

for (const language of Object.keys(endings)) mkdirSync(join(target, language, 'snippets'), { recursive: true });
const written = documents.flatMap(blocksOf).filter(write).length;
console.log(`${written} snippets of ${documents.join(', ')}`);
problems.forEach((problem) => console.error(problem));
process.exit(problems.length > 0 || written === 0 ? 1 : 0);
