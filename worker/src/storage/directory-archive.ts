import type { Archive } from "./archive.ts";

/** The part of a service binding that an archive uses. */
export interface DirectoryService {
  fetch(url: string, init?: { readonly method: string; readonly body?: Uint8Array }): Promise<Response>;
}

interface Entry {
  readonly name: string;
  readonly type: string;
}

const urlOf = (key: string): string => `http://archive/${key.split("/").map(encodeURIComponent).join("/")}`;

/**
 * An archive in a folder behind workerd's disk service, which answers GET with a file or (of a folder) a list in JSON,
 * PUT and DELETE. A file is replaced at once. Its methods reject when the service refuses, with the status.
 */
export function directoryArchive(service: DirectoryService): Archive {
  const ask = async (method: string, key: string, body?: Uint8Array): Promise<Response> => {
    const response = await service.fetch(urlOf(key), body === undefined ? { method } : { method, body });
    if (!response.ok && response.status !== 404)
      throw new Error(`${method} of ${key} in the archive's folder: ${response.status} ${(await response.text()).slice(0, 200)}`);
    return response;
  };
  const below = async (folder: string, prefix: string): Promise<string[]> => {
    const response = await ask("GET", folder);
    if (response.status === 404) return [];
    const keys: string[] = [];
    for (const { name, type } of await response.json<Entry[]>()) {
      const key = `${folder}${name}`;
      if (!key.startsWith(prefix.slice(0, key.length))) continue;
      if (type === "directory") keys.push(...(await below(`${key}/`, prefix)));
      else if (key.startsWith(prefix)) keys.push(key);
    }
    return keys;
  };
  return {
    put: async (key, body) => {
      const response = await ask("PUT", key, body);
      if (!response.ok) throw new Error(`PUT of ${key} in the archive's folder: ${response.status}; is the folder there?`);
    },
    get: async (key) => {
      const response = await ask("GET", key);
      return response.ok ? new Uint8Array(await response.arrayBuffer()) : null;
    },
    list: async (prefix) => (await below(prefix.slice(0, prefix.lastIndexOf("/") + 1), prefix)).sort(),
    delete: async (key) => {
      await ask("DELETE", key);
    },
  };
}
