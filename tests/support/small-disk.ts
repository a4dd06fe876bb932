import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A file system of its own in memory, small enough to fill. */
export interface SmallDisk {
  readonly directory: string;
  /** Throws while files are open for writing. */
  remount(access: "ro" | "rw"): void;
  discard(): void;
}

const mount = (...args: string[]): string | null => {
  const { status, stderr } = spawnSync("mount", args, { encoding: "utf8" });
  return status === 0 ? null : (stderr ?? "").trim() || "mount is not there";
};

/** A sentence instead where file systems cannot be mounted: it takes root and a kernel that lets it. */
export function mountSmallDisk(megabytes: number): SmallDisk | string {
  const directory = mkdtempSync(join(tmpdir(), "sightline-disk-"));
  const refusal = mount("-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", directory);
  if (refusal !== null) {
    rmSync(directory, { recursive: true });
    return `no file system can be mounted here (${refusal})`;
  }
  return {
    directory,
    remount(access) {
      const failure = mount("-o", `remount,${access}`, directory);
      if (failure !== null) throw new Error(failure);
    },
    discard() {
      spawnSync("umount", ["--lazy", directory]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
