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

const notWritten = (key: string, said: string): string =>
  `${key} could not be written in the archive's folder (${said}). The folder is full, or cannot be written, or is not there: make room in it, make it writable or mount it. Until then the days that are not in it yet stay where they are, and it is tried again every few minutes`;

/**
 * An archive in a folder behind workerd's disk service, which answers GET with a file or (of a folder) a list in JSON,
 * PUT and DELETE. A file is replaced at once. Its methods reject when the service refuses, with the status.
 */
export function directoryArchive(service: DirectoryService): Archive {
  const ask = async (method: string, key: string, body?: Uint8Array): Promise<Response> => {
    let said: string;
    try {
      const response = await service.fetch(urlOf(key), body === undefined ? { method } : { method, body });
      if (response.ok || (response.status === 404 && body === undefined)) return response;
      said = `${response.status} ${(await response.text()).slice(0, 200)}`.trim();
    } catch (error) {
      // The platform keeps the system's own reason, as of a full disk, for its log.
      said = error instanceof Error ? error.message : String(error);
    }
    throw new Error(method === "GET" ? `${key} in the archive's folder could not be read (${said})` : notWritten(key, said));
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
      await ask("PUT", key, body);
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
