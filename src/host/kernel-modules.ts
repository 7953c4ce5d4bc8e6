// Which kernel modules this host has, from the module files, the kernel's configuration and its own lists; nothing is loaded.
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { errnoOf } from '../model/errors.ts';
import type { KernelFiles } from '../model/ports.ts';

export interface KernelModules {
  /** False where neither module files nor the configuration of a kernel without modules tell everything: `has` may then miss some. */
  complete: boolean;
  /** Built in, loaded, or loadable; `-` in a module's name is `_` here. */
  has(name: string): boolean;
  /** Loadable modules that match, ascending. */
  loadable(pattern: RegExp): string[];
}

export interface ModuleSources {
  /** Folder of the releases' module files. */
  modules: string;
  /** Configuration of the running kernel, gzipped. */
  config: string;
}

const defaultSources: ModuleSources = { modules: '/lib/modules', config: '/proc/config.gz' };

const contentOf = async (path: string): Promise<Buffer | undefined> => {
  try {
    return await readFile(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
};

const modulesIn = (list: string): string[] =>
  list.split('\n').flatMap((line) => {
    const file = basename(line.split(':')[0] ?? '');
    return file === '' ? [] : [file.replace(/\.ko(\.\w+)?$/, '').replaceAll('-', '_')];
  });

/** `CONFIG_NET_SCH_FQ=y` is the module sch_fq built in, `CONFIG_IFB=y` is ifb. */
const builtInto = (config: string): string[] =>
  [...config.matchAll(/^CONFIG_(?:NET_)?(\w+)=y$/gm)].map(([, name = '']) => name.toLowerCase());

const unzip = promisify(gunzip);

export const readKernelModules = async (
  kernel: KernelFiles,
  release: string,
  sources: ModuleSources = defaultSources,
): Promise<KernelModules> => {
  const folder = `${sources.modules}/${release}`;
  const [builtin, dependencies, loaded, disabled] = await Promise.all([
    contentOf(`${folder}/modules.builtin`),
    contentOf(`${folder}/modules.dep`),
    kernel.read('/proc/modules'),
    kernel.read('/proc/sys/kernel/modules_disabled'),
  ]);
  const fromFiles = builtin !== undefined && dependencies !== undefined;
  const gzipped = fromFiles ? undefined : await contentOf(sources.config);
  const config = gzipped === undefined ? '' : (await unzip(gzipped)).toString('latin1');
  const mayLoad = disabled?.trim() !== '1';
  const loadable = mayLoad && dependencies !== undefined ? modulesIn(dependencies.toString()) : [];
  const names = new Set([
    ...modulesIn(builtin?.toString() ?? ''),
    ...loadable,
    ...builtInto(config),
    ...(loaded ?? '').split('\n').flatMap((line) => line.split(' ')[0] ?? []),
  ]);
  return {
    complete: fromFiles || config.includes('# CONFIG_MODULES is not set'),
    has: (name) => names.has(name),
    loadable: (pattern) => loadable.filter((name) => pattern.test(name)).sort(),
  };
};
